package upload

// needsValidation reports whether an event needs a closer look, class by class. The others,
// nearly all, break no rule whatever the switches, and are stored as they are.
func (u *Batch) needsValidation() bool {
	least := u.minIDLength()
	for i := range u.Events {
		e := &u.Events[i]
		switch {
		case e.NotObject, e.Invalid|e.MaybeInvalid|e.Numeric != 0,
			e.EventType.Len() == 0, reservedType(u.Bytes(e.EventType)),
			!e.UserID.Present() && !e.DeviceID.Present(),
			u.idNeedsValidation(e.UserID, least), u.idNeedsValidation(e.DeviceID, least):
			return true
		}
	}
	return false
}

func (u *Batch) idNeedsValidation(id Span, least int) bool {
	if !id.Present() {
		return false
	}
	text := u.Bytes(id)
	return invalidID(text) || text[0] == ' ' || text[len(text)-1] == ' ' || u.short(id, least)
}
