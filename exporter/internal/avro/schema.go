package avro

import (
	"errors"
	"fmt"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/twmb/avro"
)

// maxNesting bounds how deep a schema, and a value of a recursive schema, may
// go.
const maxNesting = 256

// Schema is the compiled schema of a file: that of its records.
type Schema struct {
	Name   string // with namespace
	Fields []Field
}

// Field is one field of the record.
type Field struct {
	Name  string
	Value *Node
}

// Node is the compiled schema of one value.
type Node struct {
	Kind     Kind
	Logical  string
	scale    int
	size     int      // of a fixed
	Items    *Node    // of an array or map
	Branches []*Node  // of a union
	symbols  [][]byte // of an enum, as JSON
	members  []member // of a record
}

type member struct {
	name  []byte // as JSON, with the colon
	value *Node
}

// Kind is the kind of a value.
type Kind uint8

// Kinds of values.
const (
	KindNull Kind = iota
	KindBoolean
	KindInt
	KindLong
	KindFloat
	KindDouble
	KindBytes
	KindString
	KindFixed
	KindEnum
	KindArray
	KindMap
	KindRecord
	KindUnion
)

var kinds = map[string]Kind{
	"null": KindNull, "boolean": KindBoolean, "int": KindInt, "long": KindLong, "float": KindFloat,
	"double": KindDouble, "bytes": KindBytes, "string": KindString, "fixed": KindFixed, "enum": KindEnum,
	"array": KindArray, "map": KindMap, "record": KindRecord, "error": KindRecord, "union": KindUnion,
}

// compile parses the schema of a file.
func compile(schema []byte) (Schema, error) {
	// Names outside Avro's alphabet do no harm here.
	parsed, err := avro.Parse(string(schema), avro.WithLaxNames(nil))
	if err != nil {
		return Schema{}, fmt.Errorf("schema: %w", err)
	}
	root := parsed.Root()
	if kinds[root.Type] != KindRecord {
		return Schema{}, errors.New("schema: not a record")
	}
	c := compiler{named: make(map[string]*Node)}
	if _, err := c.node(root, "", 0); err != nil {
		return Schema{}, fmt.Errorf("schema: %w", err)
	}
	p := Schema{Name: fullName(root)}
	for i := range root.Fields {
		f := &root.Fields[i]
		p.Fields = append(p.Fields, Field{Name: f.Name, Value: c.named[p.Name].members[i].value})
	}
	return p, nil
}

// compiler compiles schema nodes; named types may refer to themselves.
type compiler struct{ named map[string]*Node }

func fullName(n *avro.SchemaNode) string {
	if n.Namespace == "" {
		return n.Name
	}
	return n.Namespace + "." + n.Name
}

func (c *compiler) node(s *avro.SchemaNode, namespace string, depth int) (*Node, error) {
	if depth > maxNesting {
		return nil, errors.New("nested too deeply")
	}
	k, ok := kinds[s.Type]
	if !ok {
		return c.reference(s.Type, namespace)
	}
	n := &Node{Kind: k, Logical: s.LogicalType, scale: s.Scale, size: s.Size}
	if s.Name != "" {
		c.named[fullName(s)] = n
		namespace = s.Namespace
	}
	for _, symbol := range s.Symbols {
		n.symbols = append(n.symbols, quote(symbol))
	}
	for i := range s.Branches {
		branch, err := c.node(&s.Branches[i], namespace, depth+1)
		if err != nil {
			return nil, err
		}
		n.Branches = append(n.Branches, branch)
	}
	for i := range s.Fields {
		value, err := c.node(&s.Fields[i].Type, namespace, depth+1)
		if err != nil {
			return nil, err
		}
		n.members = append(n.members, member{name: append(quote(s.Fields[i].Name), ':'), value: value})
	}
	items := s.Items
	if k == KindMap {
		items = s.Values
	}
	if k == KindArray || k == KindMap {
		var err error
		if n.Items, err = c.node(items, namespace, depth+1); err != nil {
			return nil, err
		}
	}
	return n, nil
}

// reference finds a named type by its full name, or by its short one in the
// namespace it is used in.
func (c *compiler) reference(name, namespace string) (*Node, error) {
	if n, ok := c.named[name]; ok {
		return n, nil
	}
	if n, ok := c.named[namespace+"."+name]; ok {
		return n, nil
	}
	return nil, fmt.Errorf("type %q is not defined", name)
}

// quote returns text as JSON. Names of a schema come out of JSON, so they are
// UTF-8.
func quote(text string) []byte {
	quoted, _ := jsontext.AppendQuote(nil, text)
	return quoted
}
