package idleflag

import (
	"errors"
	"fmt"
	"reflect"

	"github.com/alecthomas/kong"
)

// empty returns an error if a flag on the command line has an empty value, as
// --token "$TOKEN" has where there is no such variable: it would turn off what the
// flag is for. A flag with the tag empty may be.
func empty(line *kong.Context) error {
	for _, p := range line.Path {
		if p.Flag == nil || p.Resolved || p.Flag.Tag.Has("empty") {
			continue
		}
		value := reflect.Indirect(reflect.ValueOf(line.FlagValue(p.Flag)))
		if (value.Kind() == reflect.String || value.Kind() == reflect.Slice) && value.Len() == 0 {
			return fmt.Errorf("--%s has no value: give one, or leave it out", p.Flag.Name)
		}
	}
	return nil
}

// Paths is the option with which flags of the type path refuse an empty value, which would
// be the current directory.
func Paths() kong.Option { return kong.NamedMapper("path", kong.MapperFunc(path)) }

func path(ctx *kong.DecodeContext, target reflect.Value) error {
	var path string
	if err := ctx.Scan.PopValueInto("file", &path); err != nil {
		return err
	}
	switch path {
	case "":
		return errors.New("there is no value: give one, or leave it out")
	case "-": // a stream
	default:
		path = kong.ExpandPath(path)
	}
	target.SetString(path)
	return nil
}
