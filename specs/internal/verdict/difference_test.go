package verdict

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestCompare(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		want, got string
		expect    []string
	}{
		"same, members in another order": {`{"a":1,"b":{"c":[1,2]}}`, `{"b":{"c":[1,2]},"a":1}`, nil},
		"same number, other spelling":    {`{"price":10.50}`, `{"price":10.5}`, nil},
		"integers beyond 2^53": {
			`{"n":9007199254740993}`, `{"n":9007199254740992}`,
			[]string{"n: want 9007199254740993, got 9007199254740992"},
		},
		"number and text": {`{"n":1}`, `{"n":"1"}`, []string{`n: want 1, got "1"`}},
		"missing":         {`{"user_id":"u"}`, `{}`, []string{`user_id: want "u", got nothing`}},
		"extra null":      {`{}`, `{"user_id":null}`, []string{"user_id: want nothing, got null"}},
		"nested, key with spaces": {
			`{"event_properties":{"[Purchase property] a":{"b":true}}}`,
			`{"event_properties":{"[Purchase property] a":{"b":false}}}`,
			[]string{`event_properties."[Purchase property] a".b: want true, got false`},
		},
		"arrays of other lengths": {`{"a":[1]}`, `{"a":[1,2]}`, []string{"a: want [1], got [1,2]"}},
		"element of an array":     {`{"a":[1,2]}`, `{"a":[1,3]}`, []string{"a.1: want 2, got 3"}},
		"exponent beyond reason":  {`{"a":1e400000000}`, `{"a":1e400000001}`, []string{"a: want 1e400000000, got 1e400000001"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			differences, err := Compare([]byte(tc.want), []byte(tc.got))
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, d := range differences {
				got = append(got, d.String())
			}
			if diff := cmp.Diff(tc.expect, got); diff != "" {
				t.Errorf("Compare(%s, %s) (-want +got):\n%s", tc.want, tc.got, diff)
			}
		})
	}
}

func TestCompare_refusesWhatIsNotJSON(t *testing.T) {
	t.Parallel()
	if _, err := Compare([]byte(`{}`), []byte(`{`)); err == nil {
		t.Error("a truncated event compares without error")
	}
}

// Each wrong event must be the business of exactly the requirement it breaks.
func TestConcerns(t *testing.T) {
	t.Parallel()
	const right = `{"event_type":"[Appboy] [Custom Event] Order","user_id":"u","time":1000,
		"event_properties":{"app_id":"a","[Custom event property] n":{"x":1},"[Custom event property] s":"t"}}`
	concerns := map[string]func([]Difference) bool{
		"name":   anyOf(NamePrefix),
		"time":   anyOf(Field("time")),
		"user":   anyOf(Field("user_id")),
		"key":    anyOf(CustomKey("[Custom event property] ")),
		"nested": anyOf(NestedValue),
		"number": anyOf(NumberValue),
		"custom": anyOf(CustomValue),
		"null":   anyOf(Null),
		"table":  func(all []Difference) bool { return len(Table(all)) > 0 },
	}
	for name, tc := range map[string]struct {
		got    string
		expect []string
	}{
		"right": {right, nil},
		"no space after the prefix": {
			`{"event_type":"[Appboy] [Custom Event]Order","user_id":"u","time":1000,
			"event_properties":{"app_id":"a","[Custom event property] n":{"x":1},"[Custom event property] s":"t"}}`, []string{"name"},
		},
		"wrong title": {
			`{"event_type":"[Appboy] [Custom Event] Orders","user_id":"u","time":1000,
			"event_properties":{"app_id":"a","[Custom event property] n":{"x":1},"[Custom event property] s":"t"}}`, []string{"table"},
		},
		"no property prefix": {
			`{"event_type":"[Appboy] [Custom Event] Order","user_id":"u","time":1000,
			"event_properties":{"app_id":"a","n":{"x":1},"s":"t"}}`, []string{"key"},
		},
		"nested key prefixed": {
			`{"event_type":"[Appboy] [Custom Event] Order","user_id":"u","time":1000,
			"event_properties":{"app_id":"a","[Custom event property] n":{"[Custom event property] x":1},"[Custom event property] s":"t"}}`,
			[]string{"custom", "nested"},
		},
		"nested number rounded": {
			`{"event_type":"[Appboy] [Custom Event] Order","user_id":"u","time":1000,
			"event_properties":{"app_id":"a","[Custom event property] n":{"x":1.01},"[Custom event property] s":"t"}}`, []string{"custom", "number"},
		},
		"nested number sent as text": {
			`{"event_type":"[Appboy] [Custom Event] Order","user_id":"u","time":1000,
			"event_properties":{"app_id":"a","[Custom event property] n":{"x":"1"},"[Custom event property] s":"t"}}`, []string{"custom", "number"},
		},
		"object sent as text": {
			`{"event_type":"[Appboy] [Custom Event] Order","user_id":"u","time":1000,
			"event_properties":{"app_id":"a","[Custom event property] n":"{\"x\":1}","[Custom event property] s":"t"}}`, []string{"custom", "nested"},
		},
		"text changed": {
			`{"event_type":"[Appboy] [Custom Event] Order","user_id":"u","time":1000,
			"event_properties":{"app_id":"a","[Custom event property] n":{"x":1},"[Custom event property] s":"T"}}`, []string{"custom"},
		},
		"seconds, another user": {
			`{"event_type":"[Appboy] [Custom Event] Order","user_id":"v","time":1,
			"event_properties":{"app_id":"a","[Custom event property] n":{"x":1},"[Custom event property] s":"t"}}`, []string{"time", "user"},
		},
		"null property": {
			`{"event_type":"[Appboy] [Custom Event] Order","user_id":"u","time":1000,
			"event_properties":{"app_id":"a","os_version":null,"[Custom event property] n":{"x":1},"[Custom event property] s":"t"}}`, []string{"null"},
		},
		"property outside the table": {
			`{"event_type":"[Appboy] [Custom Event] Order","user_id":"u","time":1000,
			"event_properties":{"app_id":"a","timezone":"UTC","[Custom event property] n":{"x":1},"[Custom event property] s":"t"}}`, []string{"table"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			differences, err := Compare([]byte(right), []byte(tc.got))
			if err != nil {
				t.Fatal(err)
			}
			expect := map[string]bool{}
			for _, e := range tc.expect {
				expect[e] = true
			}
			for concern, holds := range concerns {
				if holds(differences) != expect[concern] {
					t.Errorf("%v concerns %q: %t, want %t", differences, concern, holds(differences), expect[concern])
				}
			}
		})
	}
}

func anyOf(c Concern) func([]Difference) bool {
	return func(all []Difference) bool { return slices.ContainsFunc(all, c) }
}
