package natsserver

import (
	"fmt"
)

// Failure returns a channel that is closed when a write fails. The server then answers
// nothing more on that stream until it is started anew.
func (s *Server) Failure() <-chan struct{} { return s.log.failure() }

// Err returns why the server failed; nil: it did not.
func (s *Server) Err() error { return s.log.failedWith() }

// Fail marks the server as failed, for what the caller found after a Restart.
func (s *Server) Fail(err error) { s.log.fail(err.Error()) }

// Restart starts the server anew if the disk takes writes again. After an error it
// counts as failed as before.
func (s *Server) Restart() error {
	if err := s.lock.check(); err != nil {
		s.log.fail(string(CauseGone))
		return err
	}
	if err := probeDir(s.cfg.Dir); err != nil {
		s.log.fail(err.Error())
		return err
	}
	s.stop()
	s.log.recovered()
	err := s.dropConsumers()
	if err == nil {
		err = s.start()
	}
	if err != nil {
		s.log.fail(err.Error())
	}
	return err
}

// MarkDamaged notes that stored events may be lost.
func (s *Server) MarkDamaged() { s.log.damage() }

// IsDamaged reports whether files were found that are not what was written, since Start.
func (s *Server) IsDamaged() bool { return s.log.damaged.Load() }

// UsualWrite is the size of a write of usual size, for Obstacle. On a small disk it
// stands for less.
const UsualWrite = 1 << 20

// Obstacle returns why a write of so many bytes would be refused because of the disk:
// ErrDiskFull, or an ErrStorage that names its cause; nil: no reason is known.
func (s *Server) Obstacle(size int) error {
	if err := s.log.failedWith(); err != nil {
		return err
	}
	if err := s.lock.check(); err != nil {
		return fmt.Errorf("%w: %s (%w)", ErrStorage, CauseGone, err)
	}
	if !hasRoom(s.cfg.Dir, size) {
		return ErrDiskFull
	}
	return nil
}
