// Owns what the tags `validate` and `jsonschema` of a field add to its schema.

//go:build go1.21

package shim

import (
	"encoding/json"
	"reflect"
	"strconv"
	"strings"
)

// Keywords of the lower and upper limit by what is limited: its value, its length, or its number of items.
var limits = map[string][2]string{
	"integer": {"minimum", "maximum"},
	"number":  {"minimum", "maximum"},
	"string":  {"minLength", "maxLength"},
	"array":   {"minItems", "maxItems"},
	"object":  {"minProperties", "maxProperties"},
}

// Rules of `validate` that are formats of JSON Schema.
var formats = map[string]string{
	"email": "email", "uri": "uri", "url": "uri", "hostname": "hostname", "ipv4": "ipv4", "ipv6": "ipv6",
	"uuid": "uuid", "uuid4": "uuid", "rfc3339": "date-time",
}

var patterns = map[string]string{
	"alpha": "^[a-zA-Z]+$", "alphanum": "^[a-zA-Z0-9]+$", "numeric": "^[-+]?[0-9]+(\\.[0-9]+)?$", "lowercase": "^[^A-Z]*$",
}

// limit applies the tags of a field. What they say about a pointer holds for what it points to.
func limit(described schema, field field) schema {
	target := described
	choices, isNullable := described.get("anyOf").([]schema)
	if isNullable {
		target = choices[0]
	}
	limited := limitByValidate(target, field.tag.Get("validate"))
	outside := schema{}
	for _, rule := range splitRules(field.tag.Get("jsonschema")) {
		name, value, _ := strings.Cut(rule, "=")
		switch name {
		case "title", "description":
			outside = outside.with(name, value)
		case "default", "example":
			outside = addShown(outside, name, parseValue(value, typeOf(target)))
		case "required", "nullable", "-":
		default:
			limited = limitByKeyword(limited, name, value)
		}
	}
	if text := field.tag.Get("jsonschema_description"); text != "" {
		outside = outside.with("description", text)
	}
	if isNullable {
		limited = described.with("anyOf", append([]schema{limited}, choices[1:]...))
	}
	for _, member := range outside {
		limited = limited.with(member.name, member.value)
	}
	return limited
}

func addShown(to schema, name string, value any) schema {
	if name == "default" {
		return to.with(name, value)
	}
	examples, _ := to.get("examples").([]any)
	return to.with("examples", append(examples, value))
}

// limitByValidate knows the common rules of the package validator; the others are the job's own business.
func limitByValidate(s schema, tag string) schema {
	kind := typeOf(s)
	for at, rule := range strings.Split(tag, ",") {
		name, value, _ := strings.Cut(rule, "=")
		if name == "dive" {
			return limitItems(s, strings.Join(strings.Split(tag, ",")[at+1:], ","))
		}
		pair, limited := limits[kind]
		switch {
		case (name == "min" || name == "gte") && limited:
			s = s.with(pair[0], number(value))
		case (name == "max" || name == "lte") && limited:
			s = s.with(pair[1], number(value))
		case (name == "len" || name == "eq") && limited && (name == "len" || kind == "integer" || kind == "number"):
			s = s.with(pair[0], number(value)).with(pair[1], number(value))
		case name == "gt" && (kind == "integer" || kind == "number"):
			s = s.with("exclusiveMinimum", number(value))
		case name == "lt" && (kind == "integer" || kind == "number"):
			s = s.with("exclusiveMaximum", number(value))
		case name == "oneof":
			s = s.with("enum", values(strings.Fields(value), kind))
		case name == "unique" && kind == "array":
			s = s.with("uniqueItems", true)
		case formats[name] != "" && kind == "string":
			s = s.with("format", formats[name])
		case patterns[name] != "" && kind == "string":
			s = s.with("pattern", patterns[name])
		}
	}
	return s
}

// limitItems applies the rules after `dive` to what a list or map holds.
func limitItems(s schema, tag string) schema {
	for _, place := range []string{"items", "additionalProperties"} {
		if inner, is := s.get(place).(schema); is {
			return s.with(place, limitByValidate(inner, tag))
		}
	}
	return s
}

// limitByKeyword writes a keyword of JSON Schema as the tag gives it.
func limitByKeyword(s schema, name, value string) schema {
	switch name {
	case "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf",
		"minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties":
		return s.with(name, number(value))
	case "pattern", "format", "contentMediaType", "contentEncoding":
		return s.with(name, value)
	case "uniqueItems", "deprecated", "readOnly", "writeOnly":
		return s.with(name, value != "false")
	case "enum":
		known, _ := s.get("enum").([]any)
		return s.with("enum", append(known, parseValue(value, typeOf(s))))
	case "const":
		return s.with("const", parseValue(value, typeOf(s)))
	case "type":
		return schema{{"type", value}}
	case "anyof_type", "oneof_type":
		choices := []schema{}
		for _, kind := range strings.Split(value, ";") {
			choices = append(choices, schema{{"type", kind}})
		}
		return schema{{"anyOf", choices}}
	}
	return s
}

// splitRules cuts a tag at its commas; `\,` stands for a comma itself.
func splitRules(tag string) []string {
	if tag == "" {
		return nil
	}
	rules := strings.Split(strings.ReplaceAll(tag, `\,`, "\x00"), ",")
	for at := range rules {
		rules[at] = strings.ReplaceAll(rules[at], "\x00", ",")
	}
	return rules
}

func values(texts []string, kind string) []any {
	found := []any{}
	for _, text := range texts {
		found = append(found, parseValue(text, kind))
	}
	return found
}

// parseValue is the JSON value that a tag's text means for this type.
func parseValue(text, kind string) any {
	if kind == "string" {
		return text
	}
	var value any
	if json.Unmarshal([]byte(text), &value) != nil {
		return text
	}
	if _, isNumber := value.(float64); isNumber {
		return number(text)
	}
	return value
}

// number keeps the digits as written; what is no number limits nothing.
func number(text string) any {
	if _, err := strconv.ParseFloat(text, 64); err != nil || !json.Valid([]byte(text)) {
		return nil
	}
	return json.Number(text)
}

func typeOf(s schema) string {
	kind, _ := s.get("type").(string)
	return kind
}

// hasFiles says whether a struct asks for uploaded files.
func hasFiles(t reflect.Type) bool {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct {
		return false
	}
	for _, field := range fieldsOf(t) {
		if field.kind == typeFile || isFileList(field.kind) {
			return true
		}
	}
	return false
}
