// Owns JSON Schema (2020-12) from Go types, as docs/contract.md says; a type that says nothing about its JSON becomes {}.

//go:build go1.21

package shim

import (
	"bytes"
	"encoding"
	"encoding/json"
	"math/big"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// schema is a JSON Schema; its members keep their order.
type schema []keyword

type keyword struct {
	name  string
	value any
}

func (s schema) MarshalJSON() ([]byte, error) {
	if s == nil {
		return []byte("null"), nil
	}
	buffer := bytes.NewBufferString("{")
	for at, member := range s {
		if at > 0 {
			buffer.WriteByte(',')
		}
		buffer.Write(toJSON(member.name))
		buffer.WriteByte(':')
		if err := encode(buffer, member.value); err != nil {
			return nil, err
		}
	}
	buffer.WriteByte('}')
	return buffer.Bytes(), nil
}

func (s schema) get(name string) any {
	for _, member := range s {
		if member.name == name {
			return member.value
		}
	}
	return nil
}

func (s schema) has(name string) bool {
	return s.get(name) != nil
}

// with sets a member, in its place if it is there already; nil sets none.
func (s schema) with(name string, value any) schema {
	if value == nil {
		return s
	}
	for at, member := range s {
		if member.name == name {
			changed := append(schema{}, s...)
			changed[at].value = value
			return changed
		}
	}
	return append(s[:len(s):len(s)], keyword{name, value})
}

const reference = "#/components/schemas/"

// schemas holds the shared schemas: one for each struct and each type with constants, under a name of its own.
type schemas struct {
	shared map[string]schema
	names  map[reflect.Type]string
	types  map[string]Type
}

func newSchemas(types map[string]Type) *schemas {
	return &schemas{shared: map[string]schema{}, names: map[reflect.Type]string{}, types: types}
}

var (
	typeTime          = reflect.TypeOf(time.Time{})
	typeBigInt        = reflect.TypeOf(big.Int{})
	typeNumber        = reflect.TypeOf(json.Number(""))
	typeRaw           = reflect.TypeOf(json.RawMessage(nil))
	typeMarshaler     = reflect.TypeOf((*json.Marshaler)(nil)).Elem()
	typeUnmarshaler   = reflect.TypeOf((*json.Unmarshaler)(nil)).Elem()
	typeTextMarshaler = reflect.TypeOf((*encoding.TextMarshaler)(nil)).Elem()
)

// of is the schema of a type; structs and types with constants are referred to.
func (s *schemas) of(t reflect.Type) schema {
	switch t {
	case typeTime:
		return schema{{"type", "string"}, {"format", "date-time"}}
	case typeBigInt:
		return schema{{"type", "integer"}}
	case typeNumber:
		return schema{{"type", "number"}}
	case typeRaw:
		return schema{}
	case typeFile:
		return fileSchema()
	}
	if t.Kind() == reflect.Pointer {
		return nullable(s.of(t.Elem()))
	}
	if known := s.types[nameOf(t)]; len(known.Values) > 0 {
		return s.share(t, func() schema { return oneOf(known.Values) })
	}
	if hasOwnJSON(t) {
		return ownJSON(t)
	}
	return s.ofKind(t)
}

// hasOwnJSON says whether a type decides itself what its JSON is.
func hasOwnJSON(t reflect.Type) bool {
	return implements(t, typeMarshaler) || implements(t, typeUnmarshaler) || implements(t, typeTextMarshaler)
}

// ownJSON is what such a type has for certain: text, or nothing that could be told.
func ownJSON(t reflect.Type) schema {
	if implements(t, typeMarshaler) || implements(t, typeUnmarshaler) {
		return schema{}
	}
	return schema{{"type", "string"}}
}

func (s *schemas) ofKind(t reflect.Type) schema {
	switch t.Kind() {
	case reflect.String:
		return schema{{"type", "string"}}
	case reflect.Bool:
		return schema{{"type", "boolean"}}
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		return schema{{"type", "integer"}}
	case reflect.Float32, reflect.Float64:
		return schema{{"type", "number"}}
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 {
			return schema{{"type", "string"}, {"contentEncoding", "base64"}}
		}
		return schema{{"type", "array"}, {"items", s.of(t.Elem())}}
	case reflect.Array:
		return schema{{"type", "array"}, {"items", s.of(t.Elem())}, {"minItems", t.Len()}, {"maxItems", t.Len()}}
	case reflect.Map:
		return schema{{"type", "object"}, {"additionalProperties", s.of(t.Elem())}}
	case reflect.Struct:
		if t.Name() == "" {
			return s.record(t)
		}
		return s.share(t, func() schema { return s.record(t) })
	}
	return schema{}
}

func fileSchema() schema {
	return schema{{"type", "string"}, {"contentMediaType", "application/octet-stream"}}
}

func nullable(inner schema) schema {
	if len(inner) == 0 {
		return inner
	}
	return schema{{"anyOf", []schema{inner, {{"type", "null"}}}}}
}

// share refers to the schema of a named type. Its name is taken before it is built, so that it may refer to itself.
func (s *schemas) share(t reflect.Type, build func() schema) schema {
	name, known := s.names[t]
	if !known {
		name = s.freeName(t)
		s.names[t] = name
		s.shared[name] = schema{}
		made := schema{{"title", titleOf(t)}}
		if doc := s.types[nameOf(t)].Doc; doc != "" {
			made = made.with("description", doc)
		}
		s.shared[name] = append(made, build()...)
	}
	return schema{{"$ref", reference + name}}
}

func (s *schemas) freeName(t reflect.Type) string {
	wanted := titleOf(t)
	name := wanted
	for number := 2; s.shared[name] != nil; number++ {
		name = wanted + "_" + strconv.Itoa(number)
	}
	return name
}

var (
	packageOf = regexp.MustCompile(`[^][,*]*\.`)
	unusual   = regexp.MustCompile(`[^A-Za-z0-9._-]+`)
)

// titleOf is the name of a type without packages: `Page[example.com/job.Item]` becomes `Page_Item`.
func titleOf(t reflect.Type) string {
	return strings.Trim(unusual.ReplaceAllString(packageOf.ReplaceAllString(t.Name(), ""), "_"), "_")
}

// nameOf is how the generated code knows a type, whatever its type arguments.
func nameOf(t reflect.Type) string {
	name, _, _ := strings.Cut(t.Name(), "[")
	return t.PkgPath() + "." + name
}

// payload is the schema of a whole body: the members of a struct in place, or any other type as it is; with the members.
func (s *schemas) payload(t reflect.Type) (schema, []field) {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct || t == typeTime || t == typeBigInt || hasOwnJSON(t) {
		return s.of(t), nil
	}
	return append(schema{{"title", "Payload"}}, s.record(t)...).with("additionalProperties", true), fieldsOf(t)
}

// record is the schema of a struct.
func (s *schemas) record(t reflect.Type) schema {
	properties, required := schema{}, []string{}
	for _, field := range fieldsOf(t) {
		described := s.ofField(field)
		if doc := s.types[nameOf(field.owner)].Fields[field.goName]; doc != "" && !described.has("description") {
			described = described.with("description", doc)
		}
		properties = append(properties, keyword{field.name, described})
		if field.required {
			required = append(required, field.name)
		}
	}
	made := schema{{"type", "object"}, {"properties", properties}}
	if len(required) > 0 {
		made = made.with("required", required)
	}
	return made
}

func (s *schemas) ofField(field field) schema {
	described := s.of(field.kind)
	if field.quoted {
		described = schema{{"type", "string"}}
	}
	return limit(described, field)
}

// oneOf is the schema of a choice of values, shown as their JSON.
func oneOf(values []any) schema {
	shown := []json.RawMessage{}
	kinds := map[string]bool{}
	for _, value := range values {
		text := toJSON(value)
		shown = append(shown, text)
		kinds[map[bool]string{true: "string", false: "integer"}[text[0] == '"']] = true
	}
	made := schema{{"enum", shown}}
	if len(shown) == 1 {
		made = schema{{"const", shown[0]}}
	}
	if len(kinds) == 1 {
		for kind := range kinds {
			made = made.with("type", kind)
		}
	}
	return made
}

func implements(t, wanted reflect.Type) bool {
	return t.Kind() != reflect.Interface && (t.Implements(wanted) || reflect.PointerTo(t).Implements(wanted))
}
