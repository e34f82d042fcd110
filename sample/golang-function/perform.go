// Package adder adds numbers.
package adder

import "fmt"

// Perform adds the numbers up.
func Perform(input map[string]interface{}) (interface{}, error) {
	numbers, given := input["numbers"]
	if !given {
		return nil, fmt.Errorf("'numbers' parameter was not given")
	}
	list, isList := numbers.([]interface{})
	if !isList {
		return nil, fmt.Errorf("'numbers' is not a list")
	}
	sum := 0.0
	for _, number := range list {
		sum += number.(float64)
	}
	return sum, nil
}
