// SPDX-License-Identifier: GPL-2.0-only
// check.cjs LINES REPORT SCRIPT: sevtrace export -f otlp, report -j and script -j of one recording.
// The lines as OpenTelemetry's JavaScript reads them, and what they tell of launches. Prints what is
// wrong.
const assert = require('assert');
const fs = require('fs');
const root = require('@opentelemetry/otlp-proto-exporter-base/build/src/generated/root');

const Request = root.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
const [lines, reportFile, scriptFile] = process.argv.slice(2).map((file) => fs.readFileSync(file, 'utf8'));
const report = JSON.parse(reportFile);
const records = scriptFile.split('\n').filter(Boolean).map((line) => JSON.parse(line));
const ids = ['traceId', 'spanId', 'parentSpanId'];

// OTLP has ids in hexadecimal where JSON of protobuf has base64: changes them in place.
function each(message, change) {
	for (const [key, value] of Object.entries(message)) {
		if (ids.includes(key))
			message[key] = change(value);
		else if (value && typeof value === 'object')
			each(value, change);
	}
	return message;
}

// What the schema does not know would be gone on the way through the wire's format.
function throughTheWire(text) {
	const message = Request.fromObject(each(JSON.parse(text), (hex) => Buffer.from(hex, 'hex')));
	assert.strictEqual(Request.verify(message), null);
	const bytes = Request.encode(message).finish();
	assert.ok(bytes.length < 1 << 22, 'a request is larger than receivers take');
	const back = Request.toObject(Request.decode(bytes), { longs: String, bytes: Buffer });
	assert.deepStrictEqual(each(JSON.parse(JSON.stringify(back)), (bytes) => Buffer.from(bytes).toString('hex')), JSON.parse(text));
	return JSON.parse(text);
}

const spans = lines.split('\n').filter(Boolean).map(throughTheWire).flatMap((request) => request.resourceSpans)
	.flatMap((resource) => resource.scopeSpans).flatMap((scope) => scope.spans);
const value = (node, key) => {
	const found = node.attributes.filter((attribute) => attribute.key === key);
	assert.ok(found.length < 2, `${key} is there twice`);
	return found[0] && Object.values(found[0].value)[0];
};
const launchOf = (span) => Number.parseInt(span.traceId.slice(16), 16);
const took = (span) => BigInt(span.endTimeUnixNano) - BigInt(span.startTimeUnixNano);
const byId = new Map(spans.map((span) => [span.traceId + span.spanId, span]));

assert.strictEqual(byId.size, spans.length, 'spans with the same id');
assert.ok(new Set(spans.map((span) => span.traceId.slice(0, 16))).size <= 1, 'traces of several recordings');
for (const span of spans) {
	const parent = byId.get(span.traceId + span.parentSpanId);
	assert.ok(!span.parentSpanId || parent, `${span.name} has a parent that is not there`);
	assert.match(span.traceId, /^[0-9a-f]{32}$/);
	assert.match(span.spanId, /^[0-9a-f]{16}$/);
	assert.ok(took(span) >= 0n || process.argv[2].includes('hostile'), `${span.name} ends before it begins`);
	assert.ok([1, 2].includes(span.status.code) && (span.status.code === 2 || !span.status.message));
	if (parent && span.name.startsWith('PSP ') && !parent.name.startsWith('launch ') && !process.argv[2].includes('hostile'))
		assert.ok(BigInt(span.startTimeUnixNano) >= BigInt(parent.startTimeUnixNano) - took(span) &&
			BigInt(span.endTimeUnixNano) <= BigInt(parent.endTimeUnixNano), `${span.name} is outside of its ioctl`);
}

const launches = report.launches.filter((launch) => launch.start_ns > 0);
const own = spans.filter((span) => span.name.startsWith('launch '));
assert.deepStrictEqual(own.map(launchOf), launches.map((launch) => launch.launch));
own.forEach((span, i) => {
	const launch = launches[i];
	const names = launch.names;

	assert.strictEqual(took(span), BigInt(launch.duration_ns));
	assert.strictEqual(value(span, 'sevtrace.result'), launch.result);
	assert.strictEqual(span.status.code, launch.result === 'ok' ? 1 : 2);
	assert.deepStrictEqual((span.events ?? []).map((event) => value(event, 'sevtrace.cause') ?? null), launch.failures.map((failure) => failure.cause));
	assert.deepStrictEqual([value(span, 'sevtrace.guest.name'), value(span, 'sevtrace.guest.domain'), value(span, 'k8s.pod.uid'),
		value(span, 'container.id'), value(span, 'sevtrace.unit')].map((name) => name ?? null),
	[names.name, names.domain, names.pod, names.container, names.unit]);
});
const count = (what) => records.filter((record) => record.event === what).length;
assert.strictEqual(spans.filter((span) => span.name.startsWith('PSP ')).length, count('psp'));
assert.strictEqual(spans.filter((span) => value(span, 'sevtrace.fw_error') !== undefined).length, count('ioctl_exit'));
const refused = records.filter((record) => record.event === 'psp' && (!record.asked || !record.answered || record.status !== 'SUCCESS'));
assert.strictEqual(spans.filter((span) => span.name.startsWith('PSP ') && span.status.code === 2).length, refused.length);
