package control

import (
	"encoding/json"
	"fmt"
	"math"
	"time"
)

// Duration is a time.Duration that is a number of seconds in JSON and YAML.
type Duration time.Duration //nolint:recvcheck // as package json wants it: values are written, pointers are read

// Seconds returns a Duration of s seconds.
func Seconds(s float64) Duration { return Duration(math.Round(s * float64(time.Second))) }

// Seconds returns the duration as a number of seconds.
func (d Duration) Seconds() float64 { return time.Duration(d).Seconds() }

// String returns the duration as time.Duration does.
func (d Duration) String() string { return time.Duration(d).String() }

// MarshalJSON implements json.Marshaler.
func (d Duration) MarshalJSON() ([]byte, error) { return json.Marshal(d.Seconds()) }

// UnmarshalJSON implements json.Unmarshaler.
func (d *Duration) UnmarshalJSON(text []byte) error {
	if string(text) == "null" {
		return nil // as in package json
	}
	return d.read(func(into any) error { return json.Unmarshal(text, into) })
}

// UnmarshalYAML implements the interface that goccy/go-yaml looks for.
func (d *Duration) UnmarshalYAML(unmarshal func(any) error) error { return d.read(unmarshal) }

func (d *Duration) read(unmarshal func(any) error) error {
	var s float64
	if err := unmarshal(&s); err != nil {
		return err
	}
	if most := time.Duration(math.MaxInt64).Seconds(); !(math.Abs(s) < most) {
		return fmt.Errorf("number of seconds: want one from %v to %v", -most, most)
	}
	*d = Seconds(s)
	return nil
}
