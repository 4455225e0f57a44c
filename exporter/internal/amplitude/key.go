package amplitude

import "log/slog"

const redacted = "[redacted]"

// Key is an API key. It prints as "[redacted]" in every format, so that it cannot
// reach a log by accident; Reveal is the one way to its text.
type Key struct{ text string }

// NewKey wraps the text of a key.
func NewKey(text string) Key { return Key{text: text} }

// Reveal returns the text of the key, for the wire and for nothing else.
func (k Key) Reveal() string { return k.text }

// String returns "[redacted]".
func (k Key) String() string { return redacted }

// GoString returns "[redacted]".
func (k Key) GoString() string { return redacted }

// MarshalText returns "[redacted]".
func (k Key) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// LogValue returns "[redacted]".
func (k Key) LogValue() slog.Value { return slog.StringValue(redacted) }
