// Owns turning the body of a call into what the job's function takes.

//go:build go1.21

package shim

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"
	"strings"
	"unicode/utf8"
)

// A wrong value is shown to the caller again, unless it is this large.
const maxEcho = 64 << 10

// decode makes what the function takes of the body; the zero Value when it takes nothing.
func (c *call) decode() (reflect.Value, error) {
	e := c.endpoint
	switch e.input {
	case inputNone:
		return reflect.Value{}, nil
	case inputUntyped:
		input, err := c.untypedInput()
		return reflect.ValueOf(input), err
	case inputBytes:
		body, err := c.body()
		return reflect.ValueOf(append([]byte{}, body...)), err
	case inputReader:
		reader, err := c.bodyReader()
		return reflect.ValueOf(reader), err
	case inputForm:
		if c.frame.flags&flagRaw != 0 {
			return c.formInput()
		}
	}
	target := reflect.New(e.inputType)
	body, err := c.json()
	if err == nil && body != nil {
		err = decodeJSON(body, target.Interface())
	}
	return target.Elem(), err
}

func (c *call) untypedInput() (map[string]any, error) {
	input := map[string]any{}
	body, err := c.json()
	if err != nil || body == nil {
		return input, err
	}
	return input, decodeJSON(body, &input)
}

// json is the body of the call, or the documented example when there is none; nil when there is no example either.
func (c *call) json() ([]byte, error) {
	body, err := c.body()
	if err != nil {
		return nil, err
	}
	if trimmed := bytes.TrimSpace(body); len(trimmed) == 0 || string(trimmed) == "null" {
		return c.endpoint.example, nil
	}
	return body, nil
}

// body is the whole body, also when it was too large for the frame.
func (c *call) body() ([]byte, error) {
	if len(c.frame.body) > 0 || len(c.frame.meta) == 0 || !mayBeInFile(c.frame.meta) {
		return c.frame.body, nil
	}
	file := c.meta().BodyFile
	if file == "" {
		return nil, nil
	}
	body, err := os.ReadFile(file)
	if err != nil {
		return nil, &bodyLost{err}
	}
	return body, nil
}

// bodyLost: the file that holds the body cannot be read, because somebody has cleared it away.
type bodyLost struct {
	because error
}

func (b *bodyLost) Error() string {
	return "the request's body is gone from the disk: " + b.because.Error()
}

func (c *call) bodyReader() (io.Reader, error) {
	if file := c.meta().BodyFile; file != "" {
		opened, err := os.Open(file)
		if err != nil {
			return nil, &bodyLost{err}
		}
		c.opened = opened
		return opened, nil
	}
	return bytes.NewReader(bytes.Clone(c.frame.body)), nil
}

// mayBeInFile saves reading the meta of every call without a body.
func mayBeInFile(meta []byte) bool {
	return bytes.Contains(meta, []byte(`"bodyFile"`))
}

// decodeJSON decodes a whole body. What does not fit is the caller's mistake, never the job's.
func decodeJSON(body []byte, target any) error {
	if !utf8.Valid(body) { // Unmarshal would let it pass, with other characters in its place
		return &brokenBody{errors.New("it is not UTF-8")}
	}
	err := json.Unmarshal(body, target)
	if err == nil {
		return nil
	}
	var syntax *json.SyntaxError
	var mismatch *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		row := detail{Type: "json_invalid", Loc: []any{"body", syntax.Offset}, Msg: "JSON decode error", Input: map[string]any{}}
		row.Context = map[string]any{"error": syntax.Error()}
		return &unprocessable{[]detail{row}}
	case errors.As(err, &mismatch):
		return &unprocessable{[]detail{mismatchDetail(body, reflect.TypeOf(target).Elem(), mismatch)}}
	}
	return &unprocessable{[]detail{{Type: "value_error", Loc: []any{"body"}, Msg: "Value error, " + err.Error(), Input: nil}}}
}

// detail is one row of the answer to an input that has not the documented form.
type detail struct {
	Type    string         `json:"type"`
	Loc     []any          `json:"loc"`
	Msg     string         `json:"msg"`
	Input   any            `json:"input"`
	Context map[string]any `json:"ctx,omitempty"`
}

// unprocessable is an input that was refused before the job's code saw it.
type unprocessable struct {
	details []detail
}

func (u *unprocessable) Error() string {
	return "unprocessable input"
}

func mismatchDetail(body []byte, t reflect.Type, mismatch *json.UnmarshalTypeError) detail {
	row := detail{Loc: append([]any{"body"}, pathIn(t, mismatch.Field)...)}
	row.Type, row.Msg = mismatchText(mismatch.Type)
	if len(body) > maxEcho {
		return row
	}
	var whole any
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	if decoder.Decode(&whole) == nil {
		row.Input = valueAt(whole, row.Loc[1:])
	}
	if number, is := row.Input.(json.Number); is && row.Type == "int_type" && !strings.ContainsAny(number.String(), ".eE") {
		row.Type, row.Msg = "int_range", fmt.Sprintf("Input should be an integer of the range of %s", mismatch.Type.Kind())
	}
	return row
}

// pathIn are the names in the JSON that lead to a field. The decoder names embedded structs as well, which the JSON does not show.
func pathIn(t reflect.Type, names string) []any {
	var path []any
	if names == "" {
		return nil
	}
	for _, name := range strings.Split(names, ".") {
		for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice || t.Kind() == reflect.Array {
			t = t.Elem()
		}
		switch t.Kind() {
		case reflect.Struct:
			for _, field := range fieldsOf(t) {
				if field.name == name {
					path, t = append(path, name), field.kind
					break
				}
			}
		case reflect.Map:
			path, t = append(path, name), t.Elem()
		}
	}
	return path
}

func mismatchText(wanted reflect.Type) (kind, message string) {
	switch wanted.Kind() {
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		return "int_type", "Input should be a valid integer"
	case reflect.Float32, reflect.Float64:
		return "float_type", "Input should be a valid number"
	case reflect.Bool:
		return "bool_type", "Input should be a valid boolean"
	case reflect.String:
		return "string_type", "Input should be a valid string"
	case reflect.Slice, reflect.Array:
		return "list_type", "Input should be a valid list"
	case reflect.Map, reflect.Struct:
		return "dict_type", "Input should be a valid dictionary"
	}
	return "value_error", fmt.Sprintf("Value error, Input should fit %s", wanted)
}

// valueAt follows a path of names; nil when it leads nowhere, as it may below a list.
func valueAt(value any, path []any) any {
	for _, name := range path {
		object, isObject := value.(map[string]any)
		if !isObject {
			return nil
		}
		value = object[name.(string)]
	}
	return value
}
