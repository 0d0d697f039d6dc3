package network.iicp.cli;

import java.util.Locale;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads switches from variables: 1, true, yes, on and 0, false, no, off, in any case; anything else is an error. */
final class SwitchConverter implements ITypeConverter<Boolean> {

    @Override
    public Boolean convert(String value) {
        return switch (value.trim().toLowerCase(Locale.ROOT)) {
            case "1", "true", "yes", "on" -> true;
            case "0", "false", "no", "off", "" -> false;
            default ->
                throw new TypeConversionException(
                        "'" + value + "' is neither on (1, true, yes, on) nor off (0, false, no, off)");
        };
    }
}
