// Package parcels says what it costs to send parcels.
package parcels

import (
	"context"
	"fmt"
	"iter"
	"sync/atomic"
	"time"
)

// Service is how fast a parcel travels.
type Service string

const (
	Standard Service = "standard"
	Express  Service = "express"
)

// Parcel is one box.
type Parcel struct {
	// Weight in kilograms.
	Weight float64 `json:"weight" jsonschema:"exclusiveMinimum=0,maximum=30"`
	Label  string  `json:"label,omitempty" validate:"max=20"`
}

// Order is what is to be sent.
type Order struct {
	Parcels []Parcel  `json:"parcels" validate:"min=1,max=100"`
	Service Service   `json:"service"`
	Pickup  time.Time `json:"pickup,omitempty"`
}

// Quote is the answer to an order.
type Quote struct {
	Price  float64 `json:"price"` // In euros.
	Weight float64 `json:"weight"`
}

var quotes atomic.Int64

// Perform says what an order costs.
func Perform(in Order) (Quote, error) {
	quotes.Add(1)
	quote := Quote{}
	for _, parcel := range in.Parcels {
		quote.Weight += parcel.Weight
	}
	quote.Price = 4 + 0.5*quote.Weight
	if in.Service == Express {
		quote.Price *= 2
	}
	return quote, nil
}

// DocsInputExample is the order that the documentation page offers to try.
func DocsInputExample() Order {
	pickup := time.Date(2026, 1, 2, 9, 0, 0, 0, time.UTC)
	return Order{Parcels: []Parcel{{Weight: 2, Label: "books"}}, Service: Standard, Pickup: pickup}
}

// AuxiliaryEndpoints are the further endpoints by their paths.
func AuxiliaryEndpoints() map[string]any {
	return map[string]any{"/track": Track}
}

// Tracking asks where a parcel is.
type Tracking struct {
	Number int `json:"number" jsonschema:"minimum=1"`
}

// UnknownParcel is an error with a status of its own.
type UnknownParcel int

func (number UnknownParcel) Error() string {
	return fmt.Sprintf("there is no parcel %d", int(number))
}

// StatusCode is what the caller is answered with.
func (number UnknownParcel) StatusCode() int {
	return 404
}

// Track tells the stations of a parcel, one after the other.
func Track(ctx context.Context, in Tracking) (iter.Seq[string], error) {
	if in.Number > 1000 {
		return nil, UnknownParcel(in.Number)
	}
	return func(yield func(string) bool) {
		for _, station := range []string{"accepted", "sorted", "delivered"} {
			if ctx.Err() != nil || !yield(station) {
				return
			}
		}
	}, nil
}

// Figure is one of the job's own metrics.
type Figure struct {
	Name        string
	Value       int64
	Description string
}

// Metrics are asked for at every scrape.
func Metrics() []Figure {
	return []Figure{{"parcel_quotes", quotes.Load(), "Quotes given so far"}}
}
