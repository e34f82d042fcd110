// Owns the proof that types and tags become the schemas that docs/contract.md names.

//go:build go1.21

package shim

import (
	"encoding/json"
	"math/big"
	"mime/multipart"
	"net/netip"
	"reflect"
	"testing"
	"time"
)

type color string

type level int

type leaf struct {
	Size int `json:"size"`
}

type Inner struct {
	ID   int    `json:"id"`
	Name string `json:"name"`
}

type deeper struct {
	Inner
	Name string `json:"name"`
}

type node struct {
	Next *node `json:"next,omitempty"`
}

type own struct{}

func (own) MarshalJSON() ([]byte, error) { return []byte("1"), nil }

var known = map[string]Type{
	ownPackage + ".color": {Doc: "A color.", Values: []any{color("red"), color("blue")}},
	ownPackage + ".level": {Values: []any{level(1), level(2)}},
	ownPackage + ".leaf":  {Fields: map[string]string{"Size": "How large."}},
}

func TestSchemas(t *testing.T) {
	for _, each := range []struct {
		value any
		want  string
	}{
		{"", `{"type":"string"}`},
		{uint8(1), `{"type":"integer"}`},
		{1.5, `{"type":"number"}`},
		{true, `{"type":"boolean"}`},
		{new(int), `{"anyOf":[{"type":"integer"},{"type":"null"}]}`},
		{[]string{}, `{"type":"array","items":{"type":"string"}}`},
		{[2]int{}, `{"type":"array","items":{"type":"integer"},"minItems":2,"maxItems":2}`},
		{map[string]bool{}, `{"type":"object","additionalProperties":{"type":"boolean"}}`},
		{[]any{}, `{"type":"array","items":{}}`},
		{[]byte{}, `{"type":"string","contentEncoding":"base64"}`},
		{time.Time{}, `{"type":"string","format":"date-time"}`},
		{time.Second, `{"type":"integer"}`},
		{&big.Int{}, `{"anyOf":[{"type":"integer"},{"type":"null"}]}`},
		{json.Number("1"), `{"type":"number"}`},
		{json.RawMessage{}, `{}`},
		{netip.Addr{}, `{"type":"string"}`},
		{own{}, `{}`},
		{&multipart.FileHeader{}, `{"type":"string","contentMediaType":"application/octet-stream"}`},
		{leaf{}, `{"$ref":"#/components/schemas/leaf"}`},
		{struct{ A int }{}, `{"type":"object","properties":{"A":{"type":"integer"}},"required":["A"]}`},
	} {
		if got := string(toJSON(newSchemas(known).of(reflect.TypeOf(each.value)))); got != each.want {
			t.Errorf("%T is %s, want %s", each.value, got, each.want)
		}
	}
}

func TestSharedSchemas(t *testing.T) {
	for _, each := range []struct {
		value any
		want  string
	}{
		{color(""), `{"color":{"title":"color","description":"A color.","enum":["red","blue"],"type":"string"}}`},
		{level(0), `{"level":{"title":"level","enum":[1,2],"type":"integer"}}`},
		{leaf{}, `{"leaf":{"title":"leaf","type":"object","properties":{"size":{"type":"integer","description":"How large."}},"required":["size"]}}`},
		{node{}, `{"node":{"title":"node","type":"object","properties":{"next":{"anyOf":[{"$ref":"#/components/schemas/node"},{"type":"null"}]}}}}`},
		{deeper{}, `{"deeper":{"title":"deeper","type":"object","properties":{"id":{"type":"integer"},"name":{"type":"string"}},"required":["id","name"]}}`},
	} {
		made := newSchemas(known)
		made.of(reflect.TypeOf(each.value))
		if got := string(toJSON(made.shared)); got != each.want {
			t.Errorf("%T is %s, want %s", each.value, got, each.want)
		}
	}
}

func TestEqualNames(t *testing.T) {
	type leaf struct{ Other string }
	made := newSchemas(nil)
	first, second := made.of(reflect.TypeOf(known["x"])), made.of(reflect.TypeOf(leaf{}))
	third := made.of(reflect.TypeOf(struct{ leaf }{}.leaf))
	if reflect.DeepEqual(first, second) || !reflect.DeepEqual(second, third) {
		t.Error(first, second, third)
	}
}

func TestTags(t *testing.T) {
	for _, each := range []struct {
		value any
		want  string
	}{
		{struct {
			A string `validate:"min=1,max=5,email"`
		}{}, `{"type":"string","minLength":1,"maxLength":5,"format":"email"}`},
		{struct {
			A int `validate:"gte=1,lt=5"`
		}{}, `{"type":"integer","minimum":1,"exclusiveMaximum":5}`},
		{struct {
			A []int `validate:"len=2,unique,dive,max=9"`
		}{}, `{"type":"array","items":{"type":"integer","maximum":9},"minItems":2,"maxItems":2,"uniqueItems":true}`},
		{struct {
			A string `validate:"oneof=a b"`
		}{}, `{"type":"string","enum":["a","b"]}`},
		{struct {
			A *float64 `jsonschema:"minimum=0.5,default=1.50,description=a\\, b"`
		}{}, `{"anyOf":[{"type":"number","minimum":0.5},{"type":"null"}],"default":1.50,"description":"a, b"}`},
		{struct {
			A string `jsonschema:"enum=x,enum=y,example=x" jsonschema_description:"one, two"`
		}{}, `{"type":"string","enum":["x","y"],"examples":["x"],"description":"one, two"}`},
		{struct {
			A any `jsonschema:"anyof_type=string;integer"`
		}{}, `{"anyOf":[{"type":"string"},{"type":"integer"}]}`},
		{struct {
			A int `jsonschema:"minimum=many" validate:"unheard_of=1"`
		}{}, `{"type":"integer"}`},
		{struct {
			A int64 `json:",string"`
		}{}, `{"type":"string"}`},
	} {
		record := newSchemas(nil).record(reflect.TypeOf(each.value))
		if got := string(toJSON(record.get("properties").(schema).get("A"))); got != each.want {
			t.Errorf("%T is %s, want %s", each.value, got, each.want)
		}
	}
}

func TestRequired(t *testing.T) {
	type sample struct {
		A int
		B int    `json:"b,omitempty"`
		C *int   `json:"c,omitzero"`
		D string `json:"d,omitempty" validate:"required"`
		E string `json:"-"`
		f int
	}
	record := newSchemas(nil).record(reflect.TypeOf(sample{f: 1}))
	if got := string(toJSON(record.get("required"))); got != `["A","d"]` {
		t.Error(got)
	}
}
