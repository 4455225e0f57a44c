package yamltext

import (
	"fmt"

	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/token"
)

// Check returns an error if the text is beyond a bound. Tokens are made in memory that
// grows with the length of the text alone.
func Check(text []byte) error {
	if len(text) > MaxBytes {
		return fmt.Errorf("larger than %d bytes: this is no configuration", MaxBytes)
	}
	tokens := lexer.Tokenize(string(text))
	if len(tokens) > MaxTokens {
		return fmt.Errorf("%d tokens, more than %d: this is no configuration", len(tokens), MaxTokens)
	}
	var n nesting
	aliases := 0
	for _, t := range tokens {
		if t.Type == token.AliasType {
			if aliases++; aliases > MaxAliases {
				return fmt.Errorf("[%d:%d] more than %d aliases: write the values out", t.Position.Line, t.Position.Column, MaxAliases)
			}
		}
		if n.add(t); n.depth() > MaxDepth {
			return fmt.Errorf("[%d:%d] nested deeper than %d levels", t.Position.Line, t.Position.Column, MaxDepth)
		}
	}
	return nil
}

// nesting follows how deep the tokens are nested.
type nesting struct {
	brackets int   // [ and { that are open
	columns  []int // of the blocks that are open, rising
	line     int   // of the token before
}

func (n *nesting) depth() int { return n.brackets + len(n.columns) }

func (n *nesting) add(t *token.Token) {
	switch t.Type {
	case token.SequenceStartType, token.MappingStartType:
		n.brackets++
	case token.SequenceEndType, token.MappingEndType:
		n.brackets = max(0, n.brackets-1)
	case token.DocumentHeaderType, token.DocumentEndType:
		n.columns = n.columns[:0]
	case token.CommentType:
		return
	default:
		isFirst := t.Position.Line != n.line
		if n.brackets == 0 && (isFirst || t.Type == token.SequenceEntryType || t.Type == token.MappingKeyType) {
			n.open(t.Position.Column)
		}
	}
	n.line = t.Position.Line
}

// open closes the blocks that are not left of the column and opens one there.
func (n *nesting) open(column int) {
	for len(n.columns) > 0 && n.columns[len(n.columns)-1] >= column {
		n.columns = n.columns[:len(n.columns)-1]
	}
	n.columns = append(n.columns, column)
}
