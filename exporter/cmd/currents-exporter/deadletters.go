package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/ammeter/ammeter/exporter"
	"github.com/ammeter/ammeter/exporter/clock"
	"github.com/ammeter/ammeter/internal/plural"
	"github.com/ammeter/ammeter/internal/printable"
)

type deadLettersCommand struct {
	List   listLettersCommand  `cmd:"" help:"List dead letters, the events that Amplitude refused for good, without personal data."`
	Show   showLetterCommand   `cmd:"" help:"Show one dead letter: its reason, attempts and last answer."`
	Replay replayLetterCommand `cmd:"" help:"Put dead letters back into the queue, to be sent once more. Stop the exporter first."`
	Purge  purgeLettersCommand `cmd:"" help:"Delete dead letters for good, which makes room for others."`
}

type listLettersCommand struct {
	locationFlags
	Reason string `placeholder:"REASON" help:"Only those dead for this reason."`
	Output string `enum:"text,json" default:"text" help:"What to print: text, or json, one object a line."`
}

// Run lists dead letters, and counts those that cannot be read.
func (c *listLettersCommand) Run(ctx context.Context, s streams) error {
	return withLetters(ctx, &c.locationFlags, func(letters *exporter.DeadLetters) error {
		before, err := letters.Count(ctx)
		if err != nil {
			return err
		}
		n, read := 0, uint64(0)
		for l, err := range letters.All(ctx) {
			if err != nil {
				return err
			}
			read++
			if c.Reason != "" && l.Reason != c.Reason {
				continue
			}
			if n++; n == 1 && c.Output == "text" {
				fmt.Fprintf(s.out, letterRow, "NUMBER", "DIED", "REASON", "ATTEMPTS", "TYPE", "LAST ANSWER")
			}
			if err := c.print(s, l); err != nil {
				return err
			}
		}
		if n == 0 && c.Output == "text" {
			if _, err := fmt.Fprintln(s.out, "There are no dead letters."); err != nil {
				return err
			}
		}
		now, err := letters.Count(ctx) // a running exporter may add some, and others delete some
		if there := min(before, now); err == nil && read < there {
			err = fmt.Errorf("%d of %d dead letters cannot be read, for files of the queue are damaged: export their time range again", there-read, there)
		}
		return err
	})
}

func (c *listLettersCommand) print(s streams, l exporter.DeadLetter) error {
	l.Event = nil
	if c.Output == "json" {
		return json.NewEncoder(printable.JSON(s.out)).Encode(l)
	}
	_, err := fmt.Fprintf(s.out, letterRow, strconv.FormatUint(l.ID, 10), l.At.UTC().Format(time.DateTime), l.Reason,
		strconv.Itoa(l.Attempts), printable.Line(l.Type), printable.Line(l.LastError))
	return err
}

// letterRow is a row of the list, and its head.
const letterRow = "%-8s %-19s  %-18s %8s  %s: %s\n"

type purgeLettersCommand struct {
	locationFlags
	IDs       []uint64      `arg:"" optional:"" name:"id" help:"Numbers from the list."`
	All       bool          `help:"All of them."`
	Reason    string        `placeholder:"REASON" help:"Those that are dead for this reason."`
	OlderThan time.Duration `placeholder:"AGE" help:"Those that died longer ago than this, such as 720h."`
}

// Run deletes dead letters. They stay counted in the ledger.
func (c *purgeLettersCommand) Run(ctx context.Context, s streams) error {
	chosen := c.Reason != "" || c.OlderThan > 0
	if (len(c.IDs) > 0) == (c.All || chosen) || c.All && chosen || c.OlderThan < 0 {
		return &usageError{errors.New("name dead letters by their numbers, or take --all, or --reason and --older-than")}
	}
	return withLetters(ctx, &c.locationFlags, func(letters *exporter.DeadLetters) error {
		n, err := c.purge(ctx, letters)
		if err != nil {
			return fmt.Errorf("%w (%d were deleted before)", err, n)
		}
		_, err = fmt.Fprintf(s.out, "Deleted: %s.\n", plural.Of(n, "dead letter"))
		return err
	})
}

func (c *purgeLettersCommand) purge(ctx context.Context, letters *exporter.DeadLetters) (n int64, err error) {
	if c.All {
		return letters.DeleteAll(ctx)
	}
	before := clock.System().Now().Add(-c.OlderThan)
	ids, err := chosen(ctx, letters, c.IDs, func(l *exporter.DeadLetter) bool {
		return (c.Reason == "" || l.Reason == c.Reason) && l.At.Before(before)
	})
	if err != nil {
		return 0, err
	}
	for _, id := range ids {
		if err := letters.Delete(ctx, id); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

type showLetterCommand struct {
	locationFlags
	ID     uint64 `arg:"" help:"Number from the list."`
	Reveal bool   `help:"Show the event, with its personal data."`
}

// Run shows a dead letter as JSON.
func (c *showLetterCommand) Run(ctx context.Context, s streams) error {
	return withLetters(ctx, &c.locationFlags, func(letters *exporter.DeadLetters) error {
		l, err := letters.Get(ctx, c.ID)
		if err != nil {
			return err
		}
		if !c.Reveal || !json.Valid(l.Event) {
			l.Event = nil
		}
		e := json.NewEncoder(printable.JSON(s.out))
		e.SetIndent("", "  ")
		return e.Encode(l)
	})
}

type replayLetterCommand struct {
	locationFlags
	IDs    []uint64 `arg:"" optional:"" name:"id" help:"Numbers from the list."`
	All    bool     `help:"All of them."`
	Reason string   `placeholder:"REASON" help:"All that are dead for this reason."`
}

// Run replays dead letters.
func (c *replayLetterCommand) Run(ctx context.Context, s streams) error {
	if (len(c.IDs) > 0) == (c.All || c.Reason != "") {
		return &usageError{errors.New("name dead letters by their numbers, or take --all or --reason")}
	}
	return withLetters(ctx, &c.locationFlags, func(letters *exporter.DeadLetters) error {
		ids, err := chosen(ctx, letters, c.IDs, func(l *exporter.DeadLetter) bool { return c.Reason == "" || l.Reason == c.Reason })
		if err != nil {
			return err
		}
		for n, id := range ids {
			if err := letters.Replay(ctx, id); err != nil {
				return fmt.Errorf("%w (%d were replayed before)", err, n)
			}
		}
		_, err = fmt.Fprintf(s.out, "In the queue again: %s. Start the exporter on it to send them.\n", plural.Of(len(ids), "event"))
		return err
	})
}

// chosen returns ids, or if there are none those of all dead letters that are wanted.
func chosen(ctx context.Context, letters *exporter.DeadLetters, ids []uint64, wanted func(*exporter.DeadLetter) bool) ([]uint64, error) {
	if len(ids) > 0 {
		return ids, nil
	}
	for l, err := range letters.All(ctx) {
		if err != nil {
			return nil, err
		}
		if wanted(&l) {
			ids = append(ids, l.ID)
		}
	}
	return ids, nil
}

func withLetters(ctx context.Context, p *locationFlags, do func(*exporter.DeadLetters) error) error {
	queue, err := p.queue()
	if err != nil {
		return err
	}
	if queue.Dir == "" && queue.URL == "" {
		return &usageError{errors.New("name the queue: --data-dir DIR or --nats-url URL, as the exporter has it")}
	}
	letters, err := exporter.OpenDeadLetters(ctx, queue)
	if _, usage := errors.AsType[*exporter.ConfigError](err); usage {
		return &usageError{err}
	}
	if errors.Is(err, exporter.ErrNoQueue) {
		where := p.DataDir
		if queue.URL != "" {
			where = "NATS"
		}
		return fmt.Errorf("%w: %q in %s: check --data-dir, --nats-url and --connector", err, p.Connector, where)
	}
	if errors.Is(err, exporter.ErrQueueInUse) {
		return fmt.Errorf("%w: stop the exporter first", err)
	}
	if err != nil {
		return err
	}
	err = do(letters)
	if errors.Is(err, exporter.ErrQueueInUse) {
		err = fmt.Errorf("%w: stop the exporter first", err)
	}
	return errors.Join(err, letters.Close())
}
