"""The monitoring in template.yaml, checked: alarms and dashboard name metrics that exist, and Monitoring=off leaves none.

A metric with a wrong name is valid, and silent for ever.
"""

import json
import re
import unittest

from translated import FUNCTIONS, ROOT, TemplateTestCase, present

# The metrics that the functions write into their logs, each with its dimension.
METRICS = {
    "logins": (),
    "login_refusals": ("reason",),
    "refreshes": (),
    "refresh_replays": (),
    "refresh_refusals": ("reason",),
    "reuse_detected": (),
    "store_went_back": (),
    "logouts": (),
    "token_refusals": ("reason",),
    "store_failures": (),
    "keys_failures": (),
    "key_ring_age": ("function",),
    "latency": ("function",),
}
# The metrics of AWS that alarms and dashboard may use, each with dimensions under which it exists.
AWS_METRICS = {
    "AWS/ApiGateway": ({"Count", "4XXError", "5XXError", "Latency", "IntegrationLatency"}, ("ApiName", "Stage")),
    "AWS/DynamoDB": (
        {"ConsumedReadCapacityUnits", "ConsumedWriteCapacityUnits", "ReadThrottleEvents", "WriteThrottleEvents"},
        ("TableName",),
    ),
    "AWS/Lambda": ({"ConcurrentExecutions", "Errors", "Throttles"}, ("FunctionName",)),
}
# The namespace of the functions' own metrics.
OWN = "${AWS::StackName}"
# The two expressions in use that name a metric: one of an alarm, and one of widgets.
QUERY = r'''SELECT MAX\("(?P<metric>\w+)"\) FROM SCHEMA\("(?P<namespace>[^"]+)", "(?P<dimension>\w+)"\)'''
SEARCH = r"""SEARCH\('\{"(?P<namespace>[^"]+)",(?P<dimension>\w+)\} MetricName="(?P<metric>\w+)"', '(Sum|Maximum|p\d\d)', 300\)"""
# What Monitoring=off leaves out.
MONITORING = {"AWS::CloudWatch::Alarm", "AWS::CloudWatch::Dashboard", "AWS::SNS::Topic"}


def queried(pattern, text):
    found = re.fullmatch(pattern, text)
    assert found, text
    return found["namespace"], found["metric"], {found["dimension"]: None}


def metrics_of_alarm(alarm):
    """Each metric that an alarm looks at: namespace, name, dimensions."""
    for metric in [alarm] if "MetricName" in alarm else alarm["Metrics"]:
        expression = metric.get("Expression")
        if expression == "SUM(METRICS())":
            continue
        if expression:
            yield queried(QUERY, expression["Fn::Sub"])
            continue
        metric = metric.get("MetricStat", {}).get("Metric", metric)
        namespace = OWN if metric["Namespace"] == {"Ref": "AWS::StackName"} else metric["Namespace"]
        yield namespace, metric["MetricName"], {it["Name"]: it["Value"] for it in metric.get("Dimensions", [])}


def metrics_of_widget(widget):
    """Each metric that a widget shows: namespace, name, dimensions."""
    for metric in widget["properties"].get("metrics", []):
        words = [word for word in metric if isinstance(word, str)]
        if words:
            yield words[0], words[1], dict(zip(words[2::2], words[3::2], strict=True))
        else:
            yield queried(SEARCH, metric[0]["expression"])


class Monitoring(TemplateTestCase):
    def alarms(self):
        return {name: it["Properties"] for name, it in self.of_type("AWS::CloudWatch::Alarm").items()}

    def widgets(self):
        return json.loads(self.properties("Dashboard")["DashboardBody"]["Fn::Sub"])["widgets"]

    def test_the_functions_write_these_metrics(self):
        source = (ROOT / "crates/wiring/src/metrics.rs").read_text(encoding="utf-8")
        dimensions = {"Count": (), "CountByReason": ("reason",), "AgeByFunction": ("function",)}
        written = {name: dimensions[kind] for kind, name in re.findall(r'Metric::(\w+)\("(\w+)"\)', source)}
        self.assertIn('const LATENCY: &str = "latency";', source)
        self.assertEqual(METRICS, written | {"latency": ("function",)})

    def test_monitoring_is_on_unless_it_is_switched_off(self):
        kinds = {it["Type"] for it in present(self.template).values()}
        self.assertEqual({"AWS::CloudWatch::Alarm", "AWS::CloudWatch::Dashboard"}, kinds & MONITORING)
        for parameters in ({"Monitoring": "off"}, {"Monitoring": "off", "AlarmEmail": "ops@example.com"}):
            left = [name for name, it in present(self.template, **parameters).items() if it["Type"] in MONITORING]
            self.assertEqual([], left, parameters)

    def test_the_functions_write_metrics_when_monitoring_is_on(self):
        namespace = {"Fn::If": ["MonitoringOn", {"Ref": "AWS::StackName"}, {"Ref": "AWS::NoValue"}]}
        for function in FUNCTIONS:
            self.assertEqual(namespace, self.properties(function)["Environment"]["Variables"]["TOLLGATE_METRICS"], function)

    def test_alarms_are_mailed_when_there_is_an_address(self):
        self.assertNotIn("AlarmTopic", present(self.template))
        self.assertIn("AlarmTopic", present(self.template, AlarmEmail="ops@example.com"))
        self.assertEqual([{"Protocol": "email", "Endpoint": {"Ref": "AlarmEmail"}}], self.properties("AlarmTopic")["Subscription"])
        mail = {"Fn::If": ["MailAlarms", [{"Ref": "AlarmTopic"}], {"Ref": "AWS::NoValue"}]}
        for name, alarm in self.alarms().items():
            self.assertEqual(mail, alarm["AlarmActions"], name)

    def test_every_alarm_says_what_to_do(self):
        headings = re.findall(r"^#+ (.+)$", (ROOT / "docs/operations.md").read_text(encoding="utf-8"), re.MULTILINE)
        for name, alarm in self.alarms().items():
            section = re.search(r": docs/operations\.md, section (.+)\.$", alarm["AlarmDescription"])
            self.assertIsNotNone(section, name)
            self.assertIn(section[1], headings, name)

    def test_no_traffic_is_no_alarm(self):
        for name, alarm in self.alarms().items():
            self.assertEqual("notBreaching", alarm["TreatMissingData"], name)
            self.assertIn(alarm["ComparisonOperator"], ("GreaterThanThreshold", "GreaterThanOrEqualToThreshold"), name)
            self.assertGreater(alarm["Threshold"], 0, name)

    def test_what_must_wake_somebody_has_an_alarm(self):
        watched = {(name, metric) for name, alarm in self.alarms().items() for _, metric, _ in metrics_of_alarm(alarm)}
        expected = {
            ("ReuseAlarm", "reuse_detected"),
            ("StoreWentBackAlarm", "store_went_back"),
            ("ServerErrorsAlarm", "5XXError"),
            ("FunctionThrottlesAlarm", "Throttles"),
            ("TableThrottlesAlarm", "ReadThrottleEvents"),
            ("TableThrottlesAlarm", "WriteThrottleEvents"),
            ("StoreAlarm", "store_failures"),
            ("KeysAlarm", "keys_failures"),
            ("KeyRingAlarm", "key_ring_age"),
            ("RotationAlarm", "Errors"),
        }
        self.assertEqual(expected, watched)
        ((_, _, failed),) = metrics_of_alarm(self.alarms()["RotationAlarm"])
        self.assertEqual({"FunctionName": {"Ref": "RotateKeysFunction"}}, failed)

    def test_alarms_and_widgets_name_metrics_that_exist(self):
        places = {name: list(metrics_of_alarm(alarm)) for name, alarm in self.alarms().items()}
        places |= {widget["properties"]["title"]: list(metrics_of_widget(widget)) for widget in self.widgets()}
        for place, metrics in places.items():
            for namespace, metric, dimensions in metrics:
                if namespace == OWN:
                    self.assertEqual(METRICS[metric], tuple(dimensions), f"{place}: {metric}")
                else:
                    names, expected = AWS_METRICS[namespace]
                    self.assertIn(metric, names, place)
                    self.assertEqual(expected, tuple(dimensions), f"{place}: {metric}")

    def test_the_dashboard_shows_every_metric_and_every_alarm(self):
        shown = [metric for widget in self.widgets() for metric in metrics_of_widget(widget)]
        self.assertEqual(set(METRICS), {metric for namespace, metric, _ in shown if namespace == OWN})
        for namespace, (names, _) in AWS_METRICS.items():
            self.assertEqual(names, {metric for found, metric, _ in shown if found == namespace})
        alarms = [arn for widget in self.widgets() for arn in widget["properties"].get("alarms", [])]
        self.assertEqual(sorted("${%s.Arn}" % name for name in self.alarms()), sorted(alarms))

    def test_lambda_is_watched_for_every_function_and_no_other(self):
        throttles = metrics_of_alarm(self.alarms()["FunctionThrottlesAlarm"])
        named = {"FunctionThrottlesAlarm": [dimensions["FunctionName"]["Ref"] for _, _, dimensions in throttles]}
        for widget in self.widgets():
            metrics = [it for it in metrics_of_widget(widget) if it[0] == "AWS/Lambda"]
            shown = [dimensions["FunctionName"].strip("${}") for _, _, dimensions in metrics]
            if shown:
                named[widget["properties"]["title"]] = shown
        self.assertEqual(4, len(named))
        for place, functions in named.items():
            self.assertEqual(sorted(FUNCTIONS), sorted(functions), place)

    def test_widgets_fill_the_dashboard_and_do_not_overlap(self):
        cells = set()
        for widget in self.widgets():
            for x in range(widget["x"], widget["x"] + widget["width"]):
                for y in range(widget["y"], widget["y"] + widget["height"]):
                    self.assertNotIn((x, y), cells, widget["properties"]["title"])
                    cells.add((x, y))
        self.assertEqual(24 * (1 + max(y for _, y in cells)), len(cells))


if __name__ == "__main__":
    unittest.main()
