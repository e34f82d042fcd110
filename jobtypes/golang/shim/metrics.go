// Owns the job's own metrics: asks for them, and brings each into the form of CustomMetric in wrapper/protocol/messages.ts.

//go:build go1.21

package shim

import (
	"fmt"
	"math"
	"reflect"
	"strings"
)

type metric struct {
	Name        string            `json:"name"`
	Value       any               `json:"value"`
	Description string            `json:"description,omitempty"`
	Labels      map[string]string `json:"labels,omitempty"`
}

// collectMetrics asks the job; what goes wrong is logged, and there are no metrics then.
func (j *job) collectMetrics() []metric {
	var found []metric
	err := j.safely(func() (err error) {
		found, err = j.metrics()
		return err
	})
	if err != nil {
		logFailure("collecting the job's metrics failed", err)
		return []metric{}
	}
	return found
}

// metrics are the metrics that Metrics() returns: a slice of structs, or of maps, with Name, Value, Description and Labels.
func (j *job) metrics() ([]metric, error) {
	found := []metric{}
	declare, exists := j.Members["Metrics"]
	if !exists {
		return found, nil
	}
	list, err := j.ask("Metrics", declare)
	if err != nil {
		return nil, err
	}
	if list.Kind() != reflect.Slice {
		return nil, fmt.Errorf("%sMetrics has to return a slice of structs with Name and Value", at(reflect.ValueOf(declare)))
	}
	for index := 0; index < list.Len(); index++ {
		made, err := metricOf(list.Index(index))
		if err != nil {
			return nil, fmt.Errorf("%sMetrics: %w", at(reflect.ValueOf(declare)), err)
		}
		if made != nil {
			found = append(found, *made)
		}
	}
	return found, nil
}

// metricOf reads one item; nil when it has no value just now.
func metricOf(item reflect.Value) (*metric, error) {
	part := partsOf(item)
	if part == nil {
		return nil, fmt.Errorf("a metric has to be a struct with Name and Value, not %s", item.Type())
	}
	name := part("Name")
	if !name.IsValid() || name.Kind() != reflect.String || name.String() == "" {
		return nil, fmt.Errorf("a metric has no Name: %v", item)
	}
	value := part("Value")
	if !value.IsValid() {
		return nil, nil
	}
	number, is := floatOf(value)
	if !is {
		return nil, fmt.Errorf("the Value of the metric %s is no number: %v", name, value)
	}
	made := &metric{Name: safeName(name.String(), "_:"), Value: shown(number)}
	if description := part("Description"); description.IsValid() {
		made.Description = fmt.Sprint(description)
	}
	if labels := part("Labels"); labels.IsValid() && labels.Kind() == reflect.Map && labels.Len() > 0 {
		made.Labels = map[string]string{}
		for _, key := range labels.MapKeys() {
			made.Labels[safeName(fmt.Sprint(key), "_")] = fmt.Sprint(labels.MapIndex(key))
		}
	}
	return made, nil
}

// partsOf reads the parts of a struct or a map by their names, without pointers and interfaces around them.
func partsOf(item reflect.Value) func(name string) reflect.Value {
	item = inside(item)
	switch {
	case item.Kind() == reflect.Struct:
		return func(name string) reflect.Value { return inside(item.FieldByName(name)) }
	case item.Kind() == reflect.Map && item.Type().Key().Kind() == reflect.String:
		return func(name string) reflect.Value {
			return inside(item.MapIndex(reflect.ValueOf(strings.ToLower(name)).Convert(item.Type().Key())))
		}
	}
	return nil
}

func inside(value reflect.Value) reflect.Value {
	for value.Kind() == reflect.Pointer || value.Kind() == reflect.Interface {
		value = value.Elem()
	}
	return value
}

func floatOf(value reflect.Value) (float64, bool) {
	switch {
	case value.CanFloat():
		return value.Float(), true
	case value.CanInt():
		return float64(value.Int()), true
	case value.CanUint():
		return float64(value.Uint()), true
	case value.Kind() == reflect.Bool:
		return map[bool]float64{true: 1}[value.Bool()], true
	}
	return 0, false
}

// shown is the number, or its name in Prometheus where JSON has none.
func shown(number float64) any {
	switch {
	case math.IsNaN(number):
		return "NaN"
	case math.IsInf(number, 1):
		return "+Inf"
	case math.IsInf(number, -1):
		return "-Inf"
	}
	return number
}

// safeName is a name as Prometheus takes it: ASCII letters, digits and what is allowed, and no digit in front.
func safeName(name, allowed string) string {
	safe := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune(allowed, r) {
			return r
		}
		return '_'
	}, name)
	if safe[0] >= '0' && safe[0] <= '9' {
		return "_" + safe
	}
	return safe
}
