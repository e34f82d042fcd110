"""Owns the job's own metrics: asks for them, and brings each into the form of CustomMetric in messages.ts."""


def collect(instance, log):
    """The usable metrics of the job's `metrics()`; what is wrong with the others goes to `log(level, message)`."""
    declare = getattr(instance, "metrics", None)
    if not callable(declare):
        return []
    declared = declare()
    if declared is None:
        return []
    if isinstance(declared, (dict, str)):
        raise TypeError("metrics() has to return a list of dicts, it returned a %s" % type(declared).__name__)
    items = []
    for metric in declared:
        try:
            item = _item(metric)
        except (TypeError, ValueError, OverflowError) as error:
            log("ERROR", "invalid metric of the job is left out: %s" % error)
            continue
        if item is not None:
            items.append(item)
    return items


def _item(metric):
    """One metric, None when it has no value just now; raises for an unusable one."""
    if not isinstance(metric, dict):
        raise TypeError("a metric has to be a dict with 'name' and 'value', not a %s" % type(metric).__name__)
    for key in ("name", "value"):
        if key not in metric:
            raise ValueError("'%s' is missing in %r" % (key, metric))
    if not metric["name"]:
        raise ValueError("'name' is empty in %r" % (metric,))
    if metric["value"] is None:
        return None
    item = {"name": _safe_name(metric["name"], "_:"), "value": _number(metric)}
    if metric.get("description"):
        item["description"] = str(metric["description"])
    if metric.get("labels"):
        item["labels"] = _labels(metric)
    return item


def _labels(metric):
    labels = metric["labels"]
    if not hasattr(labels, "items"):
        raise TypeError("'labels' has to be a dict in %r" % (metric,))
    return {_safe_name(name, "_"): str(value) for name, value in labels.items()}


def _safe_name(name, allowed):
    """Prometheus takes ASCII letters, digits and `allowed`, and no digit in front."""
    text = "".join([c if c.isascii() and c.isalnum() or c in allowed else "_" for c in str(name)])
    return "_" + text if text[:1].isdigit() else text


def _number(metric):
    """A float; NaN and infinities, which JSON does not know, as Prometheus writes them."""
    try:
        value = float(metric["value"])
    except (TypeError, ValueError, OverflowError):
        raise ValueError("'value' is no number in %r" % (metric,)) from None
    if value != value:
        return "NaN"
    if value in (float("inf"), float("-inf")):
        return "+Inf" if value > 0 else "-Inf"
    return value
