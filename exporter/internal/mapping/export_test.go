package mapping

// KnowsNothing returns a mapper that keeps events of unknown types, as all of them are.
func KnowsNothing() *Mapper { return &Mapper{keepUnknown: true} }
