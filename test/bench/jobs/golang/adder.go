// Package adder adds numbers up.
package adder

// Input of Perform.
type Input struct {
	Numbers []float64 `json:"numbers"`
}

// Perform adds the numbers up.
func Perform(in Input) (float64, error) {
	sum := 0.0
	for _, number := range in.Numbers {
		sum += number
	}
	return sum, nil
}
