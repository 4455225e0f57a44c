package upload

// Dubious and Classify are what the quick look and the closer one of Rules.Events find.
func (u *Batch) NeedsValidation() bool { return u.needsValidation() }

func (r Rules) Classify(u *Batch) *Rejection { return r.classify(u) }

func (u *Batch) Short(id Span, least int) bool { return u.short(id, least) }
