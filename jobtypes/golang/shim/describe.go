// Owns the job description: asks the job what it offers, and checks it before the first call.

//go:build go1.21

package shim

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"runtime"
	"sort"
	"strings"
)

// description is JobDescription in wrapper/protocol/messages.ts.
type description struct {
	Language        string                `json:"language"`
	LanguageVersion string                `json:"languageVersion"`
	Entrypoint      string                `json:"entrypoint"`
	Doc             *string               `json:"doc"`
	Endpoints       []endpointDescription `json:"endpoints"`
	Schemas         map[string]schema     `json:"schemas"`
	StaticFiles     []staticFile          `json:"staticFiles"`
	Webview         *string               `json:"webview"`
	Metrics         bool                  `json:"metrics"`
}

// endpointDescription is EndpointDescription there.
type endpointDescription struct {
	Kind          string          `json:"kind"`
	Method        string          `json:"method"`
	Path          string          `json:"path"`
	Doc           *string         `json:"doc"`
	Example       json.RawMessage `json:"example"`
	Parameters    []parameter     `json:"parameters"`
	Body          schema          `json:"body"`
	BodyRequired  bool            `json:"bodyRequired"`
	BodyMediaType string          `json:"bodyMediaType"`
	Request       []any           `json:"request"`
	Response      schema          `json:"response"`
	Async         bool            `json:"async"`
	Streaming     bool            `json:"streaming"`
	Validate      bool            `json:"validate"`
	Options       struct{}        `json:"options"`
}

type parameter struct {
	Name string `json:"name"`
	Type string `json:"type"`
}

const maxExample = 1 << 20

func (j *job) describe() error {
	if err := j.findEndpoints(); err != nil {
		return err
	}
	files, err := j.staticFiles()
	if err != nil {
		return err
	}
	if err := j.openWebview(); err != nil {
		return err
	}
	schemas := newSchemas(j.Types)
	rows := make([]endpointDescription, 0, len(j.endpoints))
	for _, e := range j.endpoints {
		rows = append(rows, j.describeEndpoint(e, schemas))
	}
	_, metrics := j.Members["Metrics"]
	if metrics {
		if _, err := j.metrics(); err != nil {
			return err
		}
	}
	j.description = description{
		Language: "go", LanguageVersion: strings.TrimPrefix(runtime.Version(), "go"), Entrypoint: "Perform", Doc: textOrNull(j.Doc),
		Endpoints: rows, Schemas: schemas.shared, StaticFiles: files, Metrics: metrics,
	}
	if j.webview != nil {
		j.description.Webview = textOrNull("http")
	}
	return nil
}

// findEndpoints fills in the endpoints in the order of their numbers: Perform, then the others by their paths.
func (j *job) findEndpoints() error {
	examples, err := j.examples()
	if err != nil {
		return err
	}
	add := func(kind, path, name string, function any) error {
		e, err := newEndpoint(name, function)
		if err != nil {
			return err
		}
		e.kind, e.path, e.example = kind, path, examples[path]
		j.endpoints = append(j.endpoints, e)
		return nil
	}
	if perform, exists := j.Members["Perform"]; exists {
		if err := add("perform", "/perform", "func Perform", perform); err != nil {
			return err
		}
	}
	others, err := auxiliaries(j.Members["AuxiliaryEndpoints"])
	if err != nil {
		return err
	}
	for _, path := range sortedKeys(others) {
		if err := add("auxiliary", rooted(path), fmt.Sprintf("the endpoint %q of AuxiliaryEndpoints", path), others[path]); err != nil {
			return err
		}
	}
	return nil
}

func auxiliaries(declare any) (map[string]any, error) {
	switch declare := declare.(type) {
	case nil:
		return nil, nil
	case func() map[string]any:
		return declare(), nil
	default:
		return nil, fmt.Errorf("%sAuxiliaryEndpoints has to be func AuxiliaryEndpoints() map[string]any: paths and functions",
			at(reflect.ValueOf(declare)))
	}
}

func (j *job) describeEndpoint(e *endpoint, schemas *schemas) endpointDescription {
	row := endpointDescription{
		Kind: e.kind, Method: "POST", Path: e.path, Doc: textOrNull(j.docOf(e.function)), Example: e.example,
		Parameters: []parameter{}, BodyMediaType: "application/json", Request: []any{}, Async: true,
		Streaming: e.output != outputValue, Validate: e.input == inputTyped,
	}
	switch e.input {
	case inputBytes, inputReader:
		row.BodyMediaType = "application/octet-stream"
		row.Body = schema{{"type", "string"}, {"contentMediaType", "application/octet-stream"}}
	case inputForm:
		row.BodyMediaType = "multipart/form-data"
		fallthrough
	case inputTyped:
		describeBody(&row, e, schemas)
	}
	if e.outputType == nil {
		row.Response = schema{{"type", "null"}}
	} else if !isReply(e.outputType) {
		row.Response = schemas.of(e.outputType)
		if row.Streaming {
			row.Response = schema{{"type", "array"}, {"items", row.Response}}
		}
	}
	if len(row.Response) == 0 {
		row.Response = nil
	}
	return row
}

// describeBody writes the members of the input type in place, under a title that all languages share.
func describeBody(row *endpointDescription, e *endpoint, schemas *schemas) {
	body, fields := schemas.payload(e.inputType)
	row.Body = body
	row.BodyRequired = e.example == nil && body.has("required")
	for _, field := range fields {
		row.Parameters = append(row.Parameters, parameter{field.name, field.kind.String()})
	}
}

// examples are the documented inputs as JSON, by the path of their endpoint.
func (j *job) examples() (map[string]json.RawMessage, error) {
	found := map[string]json.RawMessage{}
	if declare, exists := j.Members["DocsInputExamples"]; exists {
		several, err := j.ask("DocsInputExamples", declare)
		if err != nil {
			return nil, err
		}
		if several.Kind() != reflect.Map || several.Type().Key().Kind() != reflect.String {
			return nil, fmt.Errorf("%sDocsInputExamples has to return a map of paths and inputs", at(reflect.ValueOf(declare)))
		}
		for _, key := range several.MapKeys() {
			if err := addExample(found, rooted(key.String()), several.MapIndex(key)); err != nil {
				return nil, err
			}
		}
	}
	if declare, exists := j.Members["DocsInputExample"]; exists && found["/perform"] == nil {
		single, err := j.ask("DocsInputExample", declare)
		if err != nil {
			return nil, err
		}
		return found, addExample(found, "/perform", single)
	}
	return found, nil
}

// ask calls a function without parameters that returns one value.
func (j *job) ask(name string, declare any) (reflect.Value, error) {
	function := reflect.ValueOf(declare)
	if t := function.Type(); t.Kind() != reflect.Func || t.NumIn() != 0 || t.NumOut() != 1 {
		return reflect.Value{}, fmt.Errorf("%s%s has to be a function without parameters that returns one value", at(function), name)
	}
	value := function.Call(nil)[0]
	for value.Kind() == reflect.Interface && !value.IsNil() {
		value = value.Elem()
	}
	return value, nil
}

func addExample(examples map[string]json.RawMessage, path string, value reflect.Value) error {
	subject := fmt.Sprintf("invalid docs input example: input example (for %s endpoint)", path)
	var buffer bytes.Buffer
	if err := encode(&buffer, value.Interface()); err != nil {
		return fmt.Errorf("%s cannot be encoded to JSON: %w", subject, err)
	}
	if buffer.Len() > maxExample {
		return fmt.Errorf("%s encoded to JSON (%d bytes) exceeds maximum size (%d bytes)", subject, buffer.Len(), maxExample)
	}
	examples[path] = buffer.Bytes()
	return nil
}

// docOf is the comment of a function; a method value stands for its method.
func (j *job) docOf(function reflect.Value) string {
	name := runtime.FuncForPC(function.Pointer()).Name()
	name = strings.TrimSuffix(name, "-fm")
	return j.Functions[strings.NewReplacer("(*", "", ")", "").Replace(name)]
}

func textOrNull(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

func rooted(path string) string {
	return "/" + strings.TrimPrefix(path, "/")
}

func sortedKeys[V any](of map[string]V) []string {
	keys := make([]string, 0, len(of))
	for key := range of {
		keys = append(keys, key)
	}
	sort.Strings(keys)
	return keys
}
