import Foundation
import JSON
import Messages
import Streaming
import Tensors

/// The frames of one session, from a file.
struct FrameSession {
    /// One frame.
    struct Frame {
        let values: [Float]
        let label: String?
    }

    let name: String
    var frames: [Frame]
    /// Whether the labels go with the frames.
    let teaches: Bool

    /// Where the weights of the network that reads digits by rows are.
    static func digitsWeights() throws -> String {
        guard let url = Bundle.module.url(forResource: "digits-rows", withExtension: "safetensors") else {
            throw StateError(
                "digits-rows.safetensors is not beside the program; copy weir_weir.resources from the build folder next to it"
            )
        }
        return url.path
    }

    /// The shipped digits as sessions of eight rows: those that the network was not trained on, and those that it
    /// was; each in an order of the seed.
    static func digits(weights: String, seed: UInt64) throws -> (
        asked: [FrameSession], taught: [FrameSession]
    ) {
        let metadata = try Safetensors(path: weights).metadata
        let heldOut = Set(
            try JSONText.decoded([Int].self, from: metadata["weir.heldOut"] ?? "[]"))
        let all = try SampleFile.samples(try SampleFile.digits())
        var random = RandomGenerator(seed: seed)
        let order = random.permutation(all.labels.count)
        func session(_ index: Int, teaches: Bool) -> FrameSession {
            let pixels = all.vectors[(index * 64)..<(index * 64 + 64)]
            let rows = (0..<8).map {
                Frame(values: Array(pixels.dropFirst($0 * 8).prefix(8)), label: all.labels[index])
            }
            return FrameSession(name: all.ids[index], frames: rows, teaches: teaches)
        }
        return (
            order.filter(heldOut.contains).map { session($0, teaches: false) },
            order.filter { !heldOut.contains($0) }.map { session($0, teaches: true) }
        )
    }

    /// The sessions of a file of frame records, one in a line; each session's numbers must rise by one from zero.
    static func recorded(_ path: String) throws -> [FrameSession] {
        var order: [String] = []
        var sessions: [String: FrameSession] = [:]
        try TextLines.read(path, limit: VectorFile.byteLimit) { line, number in
            if VectorFile.isBlank(line) { return }
            let record: Record
            do throws(Rejection) {
                record = try Record(line)
            } catch {
                throw StateError(
                    "\(path), line \(number): no frame with session, seq and x: \(error.message)")
            }
            if sessions[record.session] == nil {
                order.append(record.session)
                sessions[record.session] = FrameSession(name: record.session, frames: [], teaches: false)
            }
            let known = sessions[record.session]?.frames.count ?? 0
            guard known == record.sequence else {
                throw StateError(
                    "\(path), line \(number): session \(record.session) goes on with seq \(record.sequence) after \(known) frames; its numbers must rise by one from 0"
                )
            }
            sessions[record.session]?.frames.append(Frame(values: record.values, label: record.label))
        }
        guard !order.isEmpty else { throw StateError("\(path) has no frames") }
        return order.compactMap { sessions[$0] }
    }

    /// A line of a file of frames.
    private struct Record {
        let session: String
        let sequence: Int64
        let values: [Float]
        let label: String?

        init(_ line: UnsafeRawBufferPointer) throws(Rejection) {
            var reader = JSONReader(line)
            var session: String?
            var sequence: Int64?
            var values: [Float]?
            var label: String?
            var names: Set<String> = []
            try reader.readObject("the line") { (reader, name) throws(Rejection) in
                guard ["session", "seq", "x", "label"].contains(name) else { return try reader.skipValue() }
                guard names.insert(name).inserted else {
                    throw Rejection(
                        .json, "\(name) comes a second time before byte \(reader.offset); give it once")
                }
                if try reader.readNull() { return }
                switch name {
                case "session": session = try reader.readString(name)
                case "seq": sequence = try reader.readInteger(name)
                case "x": values = try reader.readFloats(name)
                default: label = try reader.readString(name)
                }
            }
            try reader.finish()
            self.session = try JSONReader.required(session, "session")
            self.sequence = try JSONReader.required(sequence, "seq")
            self.values = try JSONReader.required(values, "x")
            self.label = label
        }
    }
}
