import Arguments
import Foundation
import Learning
import Messages
import Streaming

struct Explain: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Say what a snapshot answers to a sample, and why.",
        discussion: """
            Nearest learned samples with the records they came in, what each expert says, the codebooks that speak most
            for and against, and by how much the answer leads. Nothing is changed. In a running stream a sample asks for the
            same with "explain": true, and predictions.reasons gives it to all.

              weir explain snapshots/digits digits --id digit-0007
              weir explain snapshots/digits mine.jsonl --row 3 --json
            """)

    @Argument(help: "A snapshot, or the folder of a stream's snapshots.") var snapshot: String
    @Argument(help: "A .csv, .jsonl or .safetensors file, or `digits`.") var file: String
    @Option(help: "The row of the file, from 1.") var row = 1
    @Option(help: "The id of the row.") var id: String?
    @Option(help: "The matrix of a safetensors file.") var tensor = ""
    @Option(help: "The number of prototypes, and of codebooks on each side.") var count = 5
    @Flag(help: "Print JSON: a prediction with its reasons.") var json = false

    func validate() throws {
        guard row >= 1 else { throw ValidationError("--row must be 1 or more") }
        guard (1...100).contains(count) else { throw ValidationError("--count must lie in 1...100") }
    }

    func run() throws {
        let path = try Inspect.newest(snapshot)
        let kept = try Snapshot(path: path)
        let learner = try kept.learner()
        guard learner.isReady else {
            throw StreamError("\(path) has no keys yet, so nothing can be answered")
        }
        let source = try SampleFile.load(file, tensor: tensor)
        guard source.dimension == learner.configuration.dimension else {
            throw StreamError(
                "\(file) has vectors of length \(source.dimension); the snapshot's have \(learner.configuration.dimension)"
            )
        }
        guard
            let asked = id.map({ id in source.rows.first { $0.id == id } })
                ?? source.rows.dropFirst(row - 1).first
        else {
            throw StreamError(
                "\(file) has \(source.rows.count) rows, and none \(id.map { "with the id \($0)" } ?? "number \(row)")"
            )
        }
        guard asked.features.allSatisfy(\.isFinite) else {
            throw StreamError("\(file): \(asked.id) holds a number that is not finite")
        }
        let batch = try learner.encoder.encode(asked.features)
        let answer = batch.withSample(0) { learner.predict($0) }
        let explanation = batch.withSample(0) { learner.explain($0, count: count) }
        let labels = learner.classes.labels
        let prediction = Prediction(
            id: "", sampleID: asked.id, stream: kept.manifest.stream,
            label: answer.best.map { labels[$0.index] }, confidence: answer.best?.probability ?? 0,
            isCalibrated: answer.isCalibrated,
            topK: answer.ranked.map { LabelScore(label: labels[$0.index], confidence: $0.probability) },
            expected: asked.label,
            model: ModelReference(
                id: kept.manifest.stream, revision: learner.revision,
                tracesLearned: learner.tracesLearned, hash: "sha256:\(learner.memory.frozenHash())"),
            source: RecordSource(topic: file, partition: 0, offset: 0), durationMicroseconds: 0,
            timestampMilliseconds: kept.manifest.createdMilliseconds,
            candidate: answer.isUnknown ? answer.candidate.map { labels[$0.index] } : nil,
            distance: answer.distance, reasons: explanation.map { Reasons($0, labels: labels) })
        if json {
            var bytes: [UInt8] = []
            prediction.encodeJSON(into: &bytes)
            return try Terminal.json(text: String(decoding: bytes, as: UTF8.self))
        }
        try show(prediction)
    }

    private func show(_ prediction: Prediction) throws {
        let verdict = prediction.expected.map { ", labelled \($0)" } ?? ""
        let said =
            prediction.label ?? prediction.candidate.map { "unknown (would be \($0))" }
            ?? "nothing is learned yet"
        let distance = prediction.distance.map { ", distance \(Terminal.fixed(Double($0), 2))" } ?? ""
        try Terminal.line(
            "\(prediction.sampleID)\(verdict): \(Terminal.bold("\(said)")), confidence \(Terminal.fixed(Double(prediction.topK.first?.confidence ?? 0), 3))\(prediction.isCalibrated ? "" : " (not calibrated)")\(distance)"
        )
        guard let reasons = prediction.reasons else { return }
        if let second = reasons.second, let margin = reasons.margin {
            try Terminal.line(
                "second \(second), behind by \(Terminal.fixed(Double(margin), 2)) in log-probability")
        }
        try Terminal.line()
        try Terminal.table(
            ["because it is like", "label", "similarity", "record"],
            reasons.prototypes.map {
                [
                    $0.sampleID, $0.label, Terminal.fixed(Double($0.similarity), 3),
                    $0.source.map { "\($0.topic) \($0.partition)@\($0.offset)" } ?? "-",
                ]
            })
        try Terminal.line()
        try Terminal.table(
            ["expert", "its share", "says", "confidence"],
            reasons.experts.map {
                [
                    $0.name, Terminal.fixed(Double($0.weight), 2), $0.label ?? "-",
                    Terminal.fixed(Double($0.confidence), 3),
                ]
            })
        try Terminal.line()
        try Terminal.table(
            ["codebook", "key", "log-odds against the second"],
            (reasons.codebooksFor + reasons.codebooksAgainst.reversed()).map {
                ["\($0.codebook)", "\($0.key)", Terminal.fixed(Double($0.logOdds), 2)]
            })
    }
}
