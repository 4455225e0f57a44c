// Command mutant-exporter is our exporter with one defect, or one that is unusual
// and conforms: the subjects that a conformance suite is proven with. It is not
// shipped, and not for production.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}
