// Owns the members that the JSON of a struct has: names, order and embedding as encoding/json sees them.

//go:build go1.21

package shim

import (
	"reflect"
	"strings"
)

// field is one member of a struct's JSON.
type field struct {
	name     string
	goName   string
	owner    reflect.Type // the struct whose source the field stands in
	kind     reflect.Type
	tag      reflect.StructTag
	index    []int
	required bool
	quoted   bool // `json:",string"`
	tagged   bool
}

// fieldsOf lists the members in the order written; those of embedded structs stand where they are embedded.
func fieldsOf(t reflect.Type) []field {
	all := collectFields(t, nil, map[reflect.Type]bool{})
	kept := []field{}
	for _, candidate := range all {
		if wins(candidate, all) {
			kept = append(kept, candidate)
		}
	}
	return kept
}

// wins says whether no other member of the same name hides this one: the least deep one counts, then the one with a tag.
func wins(candidate field, all []field) bool {
	for _, other := range all {
		if other.name != candidate.name || reflect.DeepEqual(other.index, candidate.index) {
			continue
		}
		depth, rival := len(candidate.index), len(other.index)
		if rival < depth || rival == depth && (other.tagged || !candidate.tagged) {
			return false
		}
	}
	return true
}

func collectFields(t reflect.Type, index []int, visiting map[reflect.Type]bool) []field {
	if visiting[t] {
		return nil
	}
	visiting[t] = true
	defer delete(visiting, t)
	var found []field
	for at := 0; at < t.NumField(); at++ {
		declared := t.Field(at)
		name, options, _ := strings.Cut(declared.Tag.Get("json"), ",")
		if name == "-" && options == "" {
			continue
		}
		position := append(append([]int{}, index...), at)
		inner := declared.Type
		if inner.Kind() == reflect.Pointer {
			inner = inner.Elem()
		}
		if declared.Anonymous && name == "" && inner.Kind() == reflect.Struct {
			if declared.IsExported() || declared.Type.Kind() != reflect.Pointer {
				found = append(found, collectFields(inner, position, visiting)...)
			}
			continue
		}
		if declared.IsExported() {
			found = append(found, newField(t, declared, position))
		}
	}
	return found
}

func newField(owner reflect.Type, declared reflect.StructField, index []int) field {
	name, options, _ := strings.Cut(declared.Tag.Get("json"), ",")
	made := field{
		name: name, goName: declared.Name, owner: owner, kind: declared.Type, tag: declared.Tag, index: index,
		required: true, tagged: name != "",
	}
	if name == "" {
		made.name = declared.Name
	}
	for _, option := range strings.Split(options, ",") {
		switch option {
		case "omitempty", "omitzero":
			made.required = false
		case "string":
			made.quoted = true
		}
	}
	if hasRule(declared.Tag.Get("validate"), "required") || hasRule(declared.Tag.Get("jsonschema"), "required") {
		made.required = true
	}
	return made
}

func hasRule(tag, wanted string) bool {
	for _, rule := range strings.Split(tag, ",") {
		if rule == wanted {
			return true
		}
	}
	return false
}
