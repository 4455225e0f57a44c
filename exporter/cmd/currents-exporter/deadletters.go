package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/ammeter/ammeter/exporter"
)

type deadLettersCommand struct {
	List   listLettersCommand  `cmd:"" help:"List the events Amplitude does not take, without personal data."`
	Show   showLetterCommand   `cmd:"" help:"Show one of them."`
	Replay replayLetterCommand `cmd:"" help:"Put them back into the queue, to be sent once more."`
}

type listLettersCommand struct {
	place
	Reason string `placeholder:"REASON" help:"Only those dead for this reason."`
	JSON   bool   `name:"json" help:"One JSON object a line."`
}

// Run lists dead letters.
func (c *listLettersCommand) Run(ctx context.Context, s streams) error {
	return withLetters(ctx, &c.place, func(letters *exporter.DeadLetters) error {
		n := 0
		for l, err := range letters.All(ctx) {
			if err != nil {
				return err
			}
			if c.Reason != "" && l.Reason != c.Reason {
				continue
			}
			n++
			if err := c.print(s, l); err != nil {
				return err
			}
		}
		if n == 0 && !c.JSON {
			_, err := fmt.Fprintln(s.out, "There are no dead letters.")
			return err
		}
		return nil
	})
}

func (c *listLettersCommand) print(s streams, l exporter.DeadLetter) error {
	l.Event = nil
	if c.JSON {
		return json.NewEncoder(s.out).Encode(l)
	}
	_, err := fmt.Fprintf(s.out, "%-8d %s  %-18s %3d attempts  %s: %s\n",
		l.ID, l.At.UTC().Format(time.DateTime), l.Reason, l.Attempts, l.Type, l.LastError)
	return err
}

type showLetterCommand struct {
	place
	ID     uint64 `arg:"" help:"Number from the list."`
	Reveal bool   `help:"Show the event, with its personal data."`
}

// Run shows a dead letter as JSON.
func (c *showLetterCommand) Run(ctx context.Context, s streams) error {
	return withLetters(ctx, &c.place, func(letters *exporter.DeadLetters) error {
		l, err := letters.Get(ctx, c.ID)
		if err != nil {
			return err
		}
		if !c.Reveal || !json.Valid(l.Event) {
			l.Event = nil
		}
		e := json.NewEncoder(s.out)
		e.SetIndent("", "  ")
		return e.Encode(l)
	})
}

type replayLetterCommand struct {
	place
	IDs    []uint64 `arg:"" optional:"" name:"id" help:"Numbers from the list."`
	All    bool     `help:"All of them."`
	Reason string   `placeholder:"REASON" help:"All that are dead for this reason."`
}

// Run replays dead letters.
func (c *replayLetterCommand) Run(ctx context.Context, s streams) error {
	if (len(c.IDs) > 0) == (c.All || c.Reason != "") {
		return &usageError{errors.New("name dead letters by their numbers, or take --all or --reason")}
	}
	return withLetters(ctx, &c.place, func(letters *exporter.DeadLetters) error {
		ids := c.IDs
		if len(ids) == 0 {
			for l, err := range letters.All(ctx) {
				if err != nil {
					return err
				}
				if c.Reason == "" || l.Reason == c.Reason {
					ids = append(ids, l.ID)
				}
			}
		}
		for n, id := range ids {
			if err := letters.Replay(ctx, id); err != nil {
				return fmt.Errorf("%w (%d were replayed before)", err, n)
			}
		}
		_, err := fmt.Fprintf(s.out, "%d events are in the queue again: start the exporter on it to send them.\n", len(ids))
		return err
	})
}

func withLetters(ctx context.Context, p *place, do func(*exporter.DeadLetters) error) error {
	letters, err := exporter.OpenDeadLetters(ctx, p.queue())
	if _, usage := errors.AsType[*exporter.ConfigError](err); usage {
		return &usageError{err}
	}
	if errors.Is(err, exporter.ErrQueueInUse) {
		return fmt.Errorf("%w: stop the exporter first", err)
	}
	if err != nil {
		return err
	}
	return errors.Join(do(letters), letters.Close())
}
