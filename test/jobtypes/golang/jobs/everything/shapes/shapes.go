// Package shapes has types for another package.
package shapes

// Kind is a number with names.
type Kind int

const (
	Round Kind = iota
	Square
	kinds // how many there are
)

// Shape has a kind.
type Shape struct {
	Kind Kind    `json:"kind"`
	Size float64 `json:"size"` // In metres.
}

// Bits are no choice: their sums count, too.
type Bits uint8

const (
	One Bits = 1 << iota
	Two
)

// Count says how many kinds there are.
func Count() int { return int(kinds) }
