"""Owns converting dates, times and durations as pydantic 2 does, from text or numbers."""

from .scalars import Rejected

_TIME = r"(\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?\s*(Z|z|[+-]\d\d:?\d\d)?\Z"
_DURATION = r"([+-])?P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?\Z"
_DAYS_AND_TIME = r"([+-])?(?:(\d+)\s*(?:days?|d),?\s*)?(\d+):(\d\d)(?::(\d\d(?:\.\d+)?))?\Z"
# Timestamps above this are milliseconds.
_SECONDS_END = 20_000_000_000


def to_datetime(value):
    import datetime

    if isinstance(value, datetime.datetime):
        return value
    if isinstance(value, datetime.date):
        return datetime.datetime(value.year, value.month, value.day)
    if isinstance(value, (str, int, float)) and not isinstance(value, bool):
        return _parsed(value, "datetime_from_date_parsing", "Input should be a valid datetime or date, ")
    raise Rejected("datetime_type", "Input should be a valid datetime")


def to_date(value):
    import datetime

    if isinstance(value, datetime.date) and not isinstance(value, datetime.datetime):
        return value
    if isinstance(value, bool) or not isinstance(value, (str, int, float, datetime.datetime)):
        raise Rejected("date_type", "Input should be a valid date")
    moment = value
    if not isinstance(value, datetime.datetime):
        moment = _parsed(value, "date_from_datetime_parsing", "Input should be a valid date or datetime, ")
    if moment.time() != datetime.time():
        message = "Datetimes provided to dates should have zero time - e.g. be exact dates"
        raise Rejected("date_from_datetime_inexact", message)
    return moment.date()


def to_time(value):
    import datetime

    if isinstance(value, datetime.time):
        return value
    if isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value < 86400:
        moment = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc) + datetime.timedelta(seconds=value)
        return moment.timetz()
    if not isinstance(value, str):
        raise Rejected("time_type", "Input should be a valid time")
    reason = "input is too short" if len(value) < 5 else "invalid character in hour"
    try:
        parsed = _time(value)
        if parsed is not None:
            return parsed
    except ValueError:
        reason = _time_range(value)
    raise Rejected("time_parsing", "Input should be in a valid time format, " + reason, {"error": reason})


def to_timedelta(value):
    import datetime

    if isinstance(value, datetime.timedelta):
        return value
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return datetime.timedelta(seconds=value)
    if not isinstance(value, str):
        raise Rejected("time_delta_type", "Input should be a valid timedelta")
    parsed = _duration(value)
    if parsed is not None:
        return parsed
    reason = "invalid digit in duration"
    if not value:
        reason = "input is too short"
    elif value[0].isdigit():
        reason = '"day" identifier in duration not correctly formatted'
    raise Rejected("time_delta_parsing", "Input should be a valid timedelta, " + reason, {"error": reason})


def _parsed(value, kind, message):
    """A datetime from a timestamp or from ISO text; `kind` and `message` name what was asked for."""
    import datetime
    import re

    if isinstance(value, str) and re.match(r"[+-]?\d+(\.\d+)?\Z", value):
        value = float(value) if "." in value else int(value)
    try:
        if not isinstance(value, str):
            seconds = value / 1000 if abs(value) > _SECONDS_END else value
            epoch = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
            return epoch + datetime.timedelta(seconds=seconds)
        reason = _date_fault(value)
    except (OverflowError, ValueError):
        reason = "dates after 9999 are not supported as unix timestamps"
    if reason is None:
        day = datetime.date(int(value[:4]), int(value[5:7]), int(value[8:10]))
        if len(value) == 10:
            return datetime.datetime(day.year, day.month, day.day)
        try:
            time = _time(value[11:]) if value[10] in "Tt _" else None
        except ValueError:
            time = None
        if time is not None:
            return datetime.datetime.combine(day, time)
        reason = "unexpected extra characters at the end of the input"
    raise Rejected(kind, message + reason, {"error": reason})


def _date_fault(text):
    """What is wrong with the first ten characters as a date; None when nothing is."""
    import datetime

    if len(text) < 10:
        return "input is too short"
    for name, part in (("year", text[:4]), ("month", text[5:7]), ("day", text[8:10])):
        if not (part.isascii() and part.isdigit()):
            return "invalid character in " + name
        if name != "day" and text[4 if name == "year" else 7] != "-":
            return "invalid date separator, expected `-`"
    if not 1 <= int(text[5:7]) <= 12:
        return "month value is outside expected range of 1-12"
    try:
        datetime.date(int(text[:4]), int(text[5:7]), int(text[8:10]))
    except ValueError:
        return "day value is outside expected range"
    return None


def _time(text):
    """A time of day; None when the text has another form, ValueError when a number is out of range."""
    import datetime
    import re

    found = re.match(_TIME, text, re.ASCII)
    if not found:
        return None
    hour, minute, second, fraction, zone = found.groups()
    micro = int(((fraction or "0") + "000000")[:6])
    return datetime.time(int(hour), int(minute), int(second or 0), micro, _zone(zone))


def _zone(text):
    import datetime

    if not text:
        return None
    if text in "Zz":
        return datetime.timezone.utc
    digits = text[1:].replace(":", "")
    offset = datetime.timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return datetime.timezone(-offset if text[0] == "-" else offset)


def _time_range(text):
    if int(text[:2]) > 23:
        return "hour value is outside expected range of 0-23"
    if int(text[3:5]) > 59:
        return "minute value is outside expected range of 0-59"
    return "second value is outside expected range of 0-59"


def _duration(text):
    import datetime
    import re

    found = re.match(_DURATION, text, re.ASCII)
    if found and text[-1] not in "PT":
        sign, weeks, days, hours, minutes, seconds = found.groups()
    else:
        found = re.match(_DAYS_AND_TIME, text, re.ASCII)
        # `1:30` could be minutes or hours: it needs all three parts, or days before it.
        if not found or (found.group(2) is None and found.group(5) is None):
            return None
        sign, days, hours, minutes, seconds = found.groups()
        weeks = 0
    span = datetime.timedelta(
        weeks=int(weeks or 0),
        days=int(days or 0),
        hours=int(hours or 0),
        minutes=int(minutes or 0),
        seconds=float(seconds or 0),
    )
    return -span if sign == "-" else span
