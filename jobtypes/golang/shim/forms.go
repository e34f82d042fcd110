// Owns bodies that carry files: a multipart form, or a body that is the one file itself, become the fields of the input struct.

//go:build go1.21

package shim

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/textproto"
	"net/url"
	"reflect"
	"strings"
)

// Files of a form beyond this many bytes wait on disk.
const formMemory = 1 << 20

// brokenBody is a body, often a form, that cannot be read.
type brokenBody struct {
	because error
}

func (b *brokenBody) Error() string {
	return "There was an error parsing the body: " + b.because.Error()
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
	fields := fieldsOf(filled.Type())
	form, err := c.readForm(fields)
	if err != nil {
		return target, err
	}
	c.form = form
	var wrong []detail
	for _, field := range fields {
		if row := fillField(filled.FieldByIndex(field.index), field, form); row != nil {
			row.Loc = []any{"body", field.name}
			wrong = append(wrong, *row)
		}
	}
	if len(wrong) > 0 {
		return target, &unprocessable{wrong}
	}
	return target, nil
}

// readForm takes a form apart. A body of another type is the struct's only file, and everything else comes from the query.
func (c *call) readForm(fields []field) (*multipart.Form, error) {
	body, err := c.bodyReader()
	if err != nil {
		return nil, err
	}
	header := c.meta().header().Get("Content-Type")
	mediaType, parameters, _ := mime.ParseMediaType(header)
	boundary, values := parameters["boundary"], map[string][]string(nil)
	if mediaType != "multipart/form-data" {
		var files []string
		for _, field := range fields {
			if field.kind == typeFile {
				files = append(files, field.name)
			}
		}
		if len(files) != 1 {
			return nil, &brokenBody{fmt.Errorf("expected multipart/form-data, got %q", header)}
		}
		body, boundary = asForm(body, files[0], header)
		values, _ = url.ParseQuery(c.meta().Query)
	}
	form, err := multipart.NewReader(body, boundary).ReadForm(formMemory)
	if err != nil {
		return nil, &brokenBody{err}
	}
	for name, given := range values {
		form.Value[name] = given
	}
	for _, files := range form.File {
		for _, file := range files { // what callers say is no path: some send the whole one
			file.Filename = file.Filename[strings.LastIndexByte(file.Filename, '\\')+1:]
		}
	}
	return form, nil
}

// asForm puts a body into a form with one file: nothing else makes a *multipart.FileHeader.
func asForm(body io.Reader, name, mediaType string) (form io.Reader, boundary string) {
	var head bytes.Buffer
	writer := multipart.NewWriter(&head)
	part := textproto.MIMEHeader{}
	part.Set("Content-Disposition", mime.FormatMediaType("form-data", map[string]string{"name": name, "filename": "body"}))
	part.Set("Content-Type", mediaType)
	_, _ = writer.CreatePart(part) // a buffer takes everything
	end := strings.NewReader("\r\n--" + writer.Boundary() + "--\r\n")
	return io.MultiReader(&head, body, end), writer.Boundary()
}

// fillField sets one field from the parts of its name; the row says why that is not possible.
func fillField(target reflect.Value, field field, form *multipart.Form) *detail {
	files, texts := form.File[field.name], form.Value[field.name]
	switch {
	case field.kind == typeFile && len(files) > 0:
		target.Set(reflect.ValueOf(files[len(files)-1]))
	case isFileList(field.kind) && len(files) > 0:
		target.Set(reflect.ValueOf(files))
	case field.kind == typeBytes && len(files) > 0:
		content, err := contentOf(files[len(files)-1])
		if err != nil {
			return &detail{Type: "value_error", Msg: err.Error()}
		}
		target.SetBytes(content)
	case len(files) > 0:
		return &detail{Type: "string_type", Msg: "Input should be text, not a file"}
	case len(texts) > 0 && (field.kind == typeFile || isFileList(field.kind)):
		return &detail{Type: "value_error", Msg: "Value error, Expected a file, received text", Input: texts[0]}
	case len(texts) > 0:
		return fillText(target, texts)
	case field.required:
		return &detail{Type: "missing", Msg: "Field required"}
	}
	return nil
}

func isFileList(t reflect.Type) bool {
	return t.Kind() == reflect.Slice && t.Elem() == typeFile
}

func contentOf(file *multipart.FileHeader) ([]byte, error) {
	opened, err := file.Open()
	if err != nil {
		return nil, err
	}
	defer opened.Close()
	return io.ReadAll(opened)
}

// fillText sets a field from text: texts as they are, everything else from its JSON. Of several ones the last counts, unless the
// field is a list.
func fillText(target reflect.Value, texts []string) *detail {
	last := texts[len(texts)-1]
	var err error
	switch kind := target.Kind(); {
	case target.Type() == typeBytes:
		target.SetBytes([]byte(last))
	case kind == reflect.Slice && (len(texts) > 1 || !strings.HasPrefix(last, "[")):
		list := reflect.MakeSlice(target.Type(), len(texts), len(texts))
		for at, text := range texts {
			if row := fillText(list.Index(at), []string{text}); row != nil {
				return row
			}
		}
		target.Set(list)
	case kind == reflect.Pointer:
		target.Set(reflect.New(target.Type().Elem()))
		return fillText(target.Elem(), texts)
	case kind == reflect.String:
		err = json.Unmarshal(toJSON(last), target.Addr().Interface())
	default:
		if err = json.Unmarshal([]byte(last), target.Addr().Interface()); err != nil && hasOwnJSON(target.Type()) {
			err = json.Unmarshal(toJSON(last), target.Addr().Interface())
		}
	}
	if err == nil {
		return nil
	}
	row := &detail{Input: last}
	row.Type, row.Msg = mismatchText(target.Type())
	return row
}
