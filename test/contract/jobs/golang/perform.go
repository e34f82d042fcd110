// Package shared is the job that all languages share, in Go. What it is made of is said in test/contract/golden.json.
package shared

import (
	"iter"
	"mime/multipart"
	"time"
)

// How urgent it is.
type Level string

const (
	Low  Level = "low"
	High Level = "high"
)

// A thing to buy.
type Item struct {
	Name  string   `json:"name" validate:"min=1"`
	Count int      `json:"count,omitempty" jsonschema:"default=1"`
	Price *float64 `json:"price,omitempty"`
}

// A tree of names.
type Node struct {
	Name     string  `json:"name"`
	Children *[]Node `json:"children,omitempty"`
}

// What came of it.
type Summary struct {
	Total float64 `json:"total"`
	Level Level   `json:"level"`
	Items []Item  `json:"items"`
	First *Item   `json:"first"`
}

type Input struct {
	// Small letters.
	Code   string         `json:"code" validate:"max=8" jsonschema:"pattern=^[a-z]+$"`
	Amount int            `json:"amount" validate:"min=0,max=100"`
	Ratio  float64        `json:"ratio"`
	Active bool           `json:"active"`
	Tags   []string       `json:"tags"`
	Scores map[string]int `json:"scores"`
	Items  []Item         `json:"items" validate:"max=100"`
	Level  Level          `json:"level"`
	Note   *string        `json:"note"`
	Mode   string         `json:"mode,omitempty" validate:"oneof=fast slow" jsonschema:"default=fast"`
	Label  string         `json:"label,omitempty"`
	Hint   *string        `json:"hint,omitempty"`
	Limit  int            `json:"limit,omitempty" jsonschema:"default=10"`
	Grid   [][]float64    `json:"grid,omitempty"`
	Tree   Node           `json:"tree,omitempty"`
	Either any            `json:"either,omitempty" jsonschema:"anyof_type=integer;string"`
	At     time.Time      `json:"at,omitempty"`
	Day    string         `json:"day,omitempty" jsonschema:"format=date"`
	Extra  any            `json:"extra,omitempty"`
}

// Adds everything up.
func Perform(in Input) (Summary, error) {
	total := float64(in.Amount) * in.Ratio
	for at := range in.Items {
		item := &in.Items[at]
		if item.Count == 0 {
			item.Count = 1
		}
		if item.Price != nil {
			total += float64(item.Count) * *item.Price
		}
	}
	var first *Item
	if len(in.Items) > 0 {
		first = &in.Items[0]
	}
	return Summary{Total: total, Level: in.Level, Items: in.Items, First: first}, nil
}

func AuxiliaryEndpoints() map[string]any {
	return map[string]any{"/count": count, "/greet": greet, "/store": store}
}

type greetInput struct {
	Name string `json:"name,omitempty" jsonschema:"default=world"`
}

// Says hello.
func greet(in greetInput) (string, error) {
	if in.Name == "" {
		in.Name = "world"
	}
	return "hello " + in.Name, nil
}

type countInput struct {
	Upto int `json:"upto" validate:"min=0,max=1000"`
}

// Counts.
func count(in countInput) iter.Seq[int] {
	return func(yield func(int) bool) {
		for number := 0; number < in.Upto && yield(number); number++ {
		}
	}
}

type storeInput struct {
	File    *multipart.FileHeader `json:"file"`
	Comment string                `json:"comment,omitempty"`
}

// Tells how large a file is.
func store(in storeInput) (int, error) {
	return int(in.File.Size), nil
}
