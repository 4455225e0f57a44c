package source

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"

	"github.com/cespare/xxhash/v2"

	"github.com/ammeter/ammeter/exporter/internal/currents"
	"github.com/ammeter/ammeter/exporter/internal/mapping"
	"github.com/ammeter/ammeter/exporter/internal/onepass"
	"github.com/ammeter/ammeter/internal/input"
	"github.com/ammeter/ammeter/internal/plural"
)

// decoder reads and maps the events of one format.
type decoder func(m *mapping.Mapper, name string, r io.Reader, hint currents.Hint) iter.Seq2[mapping.Record, error]

// isFormat reports whether files of this name hold events.
func isFormat(name string) bool {
	switch input.Extension(name) {
	case ".avro", ".json", ".ndjson", ".jsonl":
		return true
	}
	return false
}

// formats says which names isFormat takes.
const formats = ".avro, .json, .jsonl or .ndjson, plain or with .gz, .zst or .bz2 behind it"

// decoderOf returns what reads a content. What it is counts for more than what its
// name says.
func decoderOf(name string, content *input.Reader) (decoder, error) {
	ext := input.Extension(name)
	switch {
	case content.Form() == input.Avro:
		return func(m *mapping.Mapper, name string, r io.Reader, _ currents.Hint) iter.Seq2[mapping.Record, error] {
			return onepass.Avro(m, name, r)
		}, nil
	case ext == ".avro" && content.Form() == input.Text:
		return nil, &input.UnreadableError{What: "text in a file that is named as Avro", Advice: "find out what wrote it"}
	case ext == ".json", ext == ".avro":
		return onepass.JSON, nil
	default:
		return onepass.NDJSON, nil
	}
}

// content opens the input and yields what it holds. An error that is not about one
// record is the last thing yielded.
func (in *Input) content(ctx context.Context, m *mapping.Mapper) iter.Seq2[mapping.Record, error] {
	return func(yield func(mapping.Record, error) bool) {
		if in.digest != nil && in.cursor != nil {
			in.hash = xxhash.New()
		}
		r, err := in.open(ctx)
		if err != nil {
			yield(mapping.Record{}, fmt.Errorf("open it: %w: check that it is there, not archived, and may be read", err))
			return
		}
		defer r.Close()
		content, err := input.Open(countingReader{r, &in.at, in.hash})
		if err != nil {
			yield(mapping.Record{}, err)
			return
		}
		defer content.Close()
		decode, err := decoderOf(in.name, content)
		if err != nil {
			yield(mapping.Record{}, err)
			return
		}
		for record, err := range decode(m, in.name, content, currents.PathHint(in.name)) {
			if err != nil {
				err = in.ending(err)
			}
			if !yield(record, err) {
				return
			}
		}
	}
}

// ending returns the errors of packages currents and input that say how the input
// ended, without what they are wrapped in, and any other error as it is.
func (in *Input) ending(err error) error {
	if cut, ok := errors.AsType[*input.CutError](err); ok {
		return cut
	}
	if unreadable, ok := errors.AsType[*input.UnreadableError](err); ok {
		return unreadable
	}
	cut, ok := errors.AsType[*currents.Error](err)
	if !ok || !cut.Cut {
		return err
	}
	what := fmt.Sprintf("what begins at offset %d", cut.Offset)
	if cut.Line > 0 {
		what = fmt.Sprintf("what begins on line %d, at offset %d", cut.Line, cut.Offset)
	}
	return &input.CutError{What: what, At: in.at.Load()}
}

// NothingReadError is returned for an input that has records of which none could be
// read. None of them is to be counted: the input will be read again.
type NothingReadError struct {
	Bad int64 // records that could not be read
}

func (e *NothingReadError) Error() string {
	return fmt.Sprintf("none of its %s can be read: it is no export of Currents, or damaged throughout: replace it or move it away", plural.Of(e.Bad, "record"))
}

// MostlyUnreadError is returned for an input of which more than half of the records
// could not be read. What could be read counts, and the others are counted as what
// they are, but the input is not done.
type MostlyUnreadError struct {
	Bad, All int64 // records
}

func (e *MostlyUnreadError) Error() string {
	return fmt.Sprintf("%d of its %d records cannot be read: it is damaged, or something else stands between its events: mend it or move it away", e.Bad, e.All)
}

// TooFewError is returned for an input that has fewer records than the cursor calls done. What
// has been read of it is not known.
type TooFewError struct {
	Records, Done int64
}

func (e *TooFewError) Error() string {
	return fmt.Sprintf("it has %d records, and by the cursor %d are done: the cursor is damaged, or of another input: delete it to read everything again", e.Records, e.Done)
}

// isFinal reports whether an input that ended with this error ends in the same way
// as long as its content is the same.
func isFinal(err error) bool {
	_, cut := errors.AsType[*input.CutError](err)
	_, unreadable := errors.AsType[*input.UnreadableError](err)
	_, nothing := errors.AsType[*NothingReadError](err)
	_, mostly := errors.AsType[*MostlyUnreadError](err)
	_, few := errors.AsType[*TooFewError](err)
	return cut || unreadable || nothing || mostly || few
}
