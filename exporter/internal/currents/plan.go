package currents

import (
	"errors"
	"fmt"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/twmb/avro"
)

// maxNesting bounds how deep a schema, and a value of a recursive schema, may
// go.
const maxNesting = 256

// plan is a compiled schema of an event file.
type plan struct {
	name   string // with namespace
	fields []planField
}

// planField is one field of the record.
type planField struct {
	name  string
	role  role
	value *node
}

// node is the compiled schema of one value.
type node struct {
	kind     kind
	logical  string
	scale    int
	size     int      // of a fixed
	items    *node    // of an array or map
	branches []*node  // of a union
	symbols  [][]byte // of an enum, as JSON
	members  []member // of a record
}

type member struct {
	name  []byte // as JSON, with the colon
	value *node
}

type kind uint8

const (
	kindNull kind = iota
	kindBoolean
	kindInt
	kindLong
	kindFloat
	kindDouble
	kindBytes
	kindString
	kindFixed
	kindEnum
	kindArray
	kindMap
	kindRecord
	kindUnion
)

var kinds = map[string]kind{
	"null": kindNull, "boolean": kindBoolean, "int": kindInt, "long": kindLong, "float": kindFloat,
	"double": kindDouble, "bytes": kindBytes, "string": kindString, "fixed": kindFixed, "enum": kindEnum,
	"array": kindArray, "map": kindMap, "record": kindRecord, "error": kindRecord, "union": kindUnion,
}

// compile parses the schema of a file.
func compile(schema []byte) (plan, error) {
	// Names outside Avro's alphabet do no harm here.
	parsed, err := avro.Parse(string(schema), avro.WithLaxNames(nil))
	if err != nil {
		return plan{}, fmt.Errorf("schema: %w", err)
	}
	root := parsed.Root()
	if kinds[root.Type] != kindRecord {
		return plan{}, errors.New("schema: not a record")
	}
	c := compiler{named: make(map[string]*node)}
	if _, err := c.node(root, "", 0); err != nil {
		return plan{}, fmt.Errorf("schema: %w", err)
	}
	p := plan{name: fullName(root)}
	for i := range root.Fields {
		f := &root.Fields[i]
		p.fields = append(p.fields, planField{name: f.Name, role: roleOf(f.Name), value: c.named[p.name].members[i].value})
	}
	return p, nil
}

// compiler compiles schema nodes; named types may refer to themselves.
type compiler struct{ named map[string]*node }

func fullName(n *avro.SchemaNode) string {
	if n.Namespace == "" {
		return n.Name
	}
	return n.Namespace + "." + n.Name
}

func (c *compiler) node(s *avro.SchemaNode, namespace string, depth int) (*node, error) {
	if depth > maxNesting {
		return nil, errors.New("nested too deeply")
	}
	k, ok := kinds[s.Type]
	if !ok {
		return c.reference(s.Type, namespace)
	}
	n := &node{kind: k, logical: s.LogicalType, scale: s.Scale, size: s.Size}
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
		n.branches = append(n.branches, branch)
	}
	for i := range s.Fields {
		value, err := c.node(&s.Fields[i].Type, namespace, depth+1)
		if err != nil {
			return nil, err
		}
		n.members = append(n.members, member{name: append(quote(s.Fields[i].Name), ':'), value: value})
	}
	items := s.Items
	if k == kindMap {
		items = s.Values
	}
	if k == kindArray || k == kindMap {
		var err error
		if n.items, err = c.node(items, namespace, depth+1); err != nil {
			return nil, err
		}
	}
	return n, nil
}

// reference finds a named type by its full name, or by its short one in the
// namespace it is used in.
func (c *compiler) reference(name, namespace string) (*node, error) {
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
