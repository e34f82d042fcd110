// Owns multipart forms: their files and fields become the fields of the input struct.

//go:build go1.21

package shim

import (
	"encoding/json"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"reflect"
	"strings"
)

// Files of a form beyond this many bytes wait on disk.
const formMemory = 1 << 20

func isForm(c *call) bool {
	return strings.HasPrefix(strings.ToLower(c.meta().header().Get("Content-Type")), "multipart/form-data")
}

// formInput reads the form into a new input.
func (c *call) formInput() (reflect.Value, error) {
	t := c.endpoint.inputType
	target := reflect.New(t).Elem()
	filled := target
	if t.Kind() == reflect.Pointer {
		target.Set(reflect.New(t.Elem()))
		filled = target.Elem()
	}
	_, parameters, _ := mime.ParseMediaType(c.meta().header().Get("Content-Type"))
	body, err := c.bodyReader()
	if err != nil {
		return target, err
	}
	form, err := multipart.NewReader(body, parameters["boundary"]).ReadForm(formMemory)
	if err != nil {
		return target, &unprocessable{[]detail{{Type: "form_invalid", Loc: []any{"body"}, Msg: "Malformed multipart form: " + err.Error()}}}
	}
	c.form = form
	var wrong []detail
	for _, field := range fieldsOf(filled.Type()) {
		row := fillField(filled.FieldByIndex(field.index), field, form)
		if row != nil {
			row.Loc = []any{"body", field.name}
			wrong = append(wrong, *row)
		}
	}
	if len(wrong) > 0 {
		return target, &unprocessable{wrong}
	}
	return target, nil
}

// fillField sets one field from the parts of its name; the row says why that is not possible.
func fillField(target reflect.Value, field field, form *multipart.Form) *detail {
	files, texts := form.File[field.name], form.Value[field.name]
	switch {
	case field.kind == typeFile && len(files) > 0:
		target.Set(reflect.ValueOf(files[0]))
	case field.kind.Kind() == reflect.Slice && field.kind.Elem() == typeFile && len(files) > 0:
		target.Set(reflect.ValueOf(files))
	case field.kind == typeBytes && len(files) > 0:
		content, err := contentOf(files[0])
		if err != nil {
			return &detail{Type: "value_error", Msg: err.Error()}
		}
		target.SetBytes(content)
	case len(texts) > 0:
		return fillText(target, texts)
	case field.required:
		return &detail{Type: "missing", Msg: "Field required"}
	}
	return nil
}

func contentOf(file *multipart.FileHeader) ([]byte, error) {
	opened, err := file.Open()
	if err != nil {
		return nil, err
	}
	defer opened.Close()
	return io.ReadAll(opened)
}

// fillText sets a field from text: texts as they are, everything else from its JSON.
func fillText(target reflect.Value, texts []string) *detail {
	if target.Type() == typeBytes {
		target.SetBytes([]byte(texts[0]))
		return nil
	}
	encoded := []byte(texts[0])
	switch {
	case target.Kind() == reflect.String:
		encoded = toJSON(texts[0])
	case target.Kind() == reflect.Slice && !json.Valid(encoded) || len(texts) > 1:
		encoded = toJSON(texts)
	}
	err := json.Unmarshal(encoded, target.Addr().Interface())
	if err != nil {
		err = json.Unmarshal(toJSON(texts[0]), target.Addr().Interface())
	}
	var mismatch *json.UnmarshalTypeError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &mismatch):
		row := &detail{Input: texts[0]}
		row.Type, row.Msg = mismatchText(mismatch)
		return row
	}
	return &detail{Type: "value_error", Msg: "Value error, " + err.Error(), Input: texts[0]}
}
