package stage

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

const (
	startTime = 15 * time.Second // longest wait for a port
	stopTime  = 10 * time.Second // longest wait for an end before it is forced
	look      = 5 * time.Millisecond
)

// process is a program that runs until it is stopped, and tells its port in a file.
type process struct {
	name string
	cmd  *exec.Cmd
	log  *os.File
	port string
	gone chan struct{} // closed when it has ended
}

// start starts a binary with its output in a file of dir, and waits for its port.
func start(ctx context.Context, name, binary, dir string, args ...string) (*process, error) {
	portFile := filepath.Join(dir, name+".port")
	log, err := os.Create(filepath.Join(dir, name+".log"))
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	// Not CommandContext: an interrupted run still asks both for their ledgers.
	cmd := exec.CommandContext(context.WithoutCancel(ctx), binary, append(args, "--port-file", portFile)...)
	cmd.Stdout, cmd.Stderr = log, log
	// A Ctrl-C at the terminal goes to us alone; we stop it when we are done.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		return nil, errors.Join(fmt.Errorf("start %s: %w", name, err), log.Close())
	}
	p := &process{name: name, cmd: cmd, log: log, gone: make(chan struct{})}
	go func() {
		_ = cmd.Wait() // whoever stops it does not care how it ended
		close(p.gone)
	}()
	if err := p.awaitPort(ctx, portFile); err != nil {
		p.stop()
		return nil, err
	}
	return p, nil
}

func (p *process) awaitPort(ctx context.Context, file string) error {
	ctx, cancel := context.WithTimeout(ctx, startTime)
	defer cancel()
	tick := time.NewTicker(look)
	defer tick.Stop()
	for {
		if text, err := os.ReadFile(file); err == nil && strings.HasSuffix(string(text), "\n") {
			p.port, _, _ = strings.Cut(string(text), "\n")
			return nil
		}
		select {
		case <-p.gone:
			return fmt.Errorf("start %s: it ended at once: %s", p.name, p.lastWords())
		case <-ctx.Done():
			return fmt.Errorf("start %s: it opened no port: %w", p.name, ctx.Err())
		case <-tick.C:
		}
	}
}

// lastWords are the last lines of its output.
func (p *process) lastWords() string {
	text, err := os.ReadFile(p.log.Name())
	if err != nil {
		return err.Error()
	}
	const most = 500
	said := strings.TrimSpace(string(text))
	return said[max(0, len(said)-most):]
}

func (p *process) url() string { return "http://127.0.0.1:" + p.port }

func (p *process) signal(s os.Signal) error {
	if err := p.cmd.Process.Signal(s); err != nil {
		return fmt.Errorf("signal %s: %w", p.name, err)
	}
	return nil
}

// stop ends the process and waits for that.
func (p *process) stop() {
	_ = p.signal(syscall.SIGTERM) // fails if it is gone
	timer := time.NewTimer(stopTime)
	defer timer.Stop()
	select {
	case <-p.gone:
	case <-timer.C:
		_ = p.signal(syscall.SIGKILL)
		<-p.gone
	}
	_ = p.log.Close()
}

// Find looks for a binary beside our own, then in PATH.
func Find(name string) (string, error) {
	if self, err := os.Executable(); err == nil {
		beside := filepath.Join(filepath.Dir(self), name)
		if info, err := os.Stat(beside); err == nil && info.Mode().IsRegular() {
			return beside, nil
		}
	}
	path, err := exec.LookPath(name)
	if err != nil {
		return "", fmt.Errorf("find %s: neither beside loadgen nor in PATH; build it or give its path", name)
	}
	return path, nil
}
