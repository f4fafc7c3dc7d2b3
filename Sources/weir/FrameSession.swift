import Foundation
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
            try JSONDecoder().decode([Int].self, from: Data((metadata["weir.heldOut"] ?? "[]").utf8)))
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
        guard let data = FileManager.default.contents(atPath: path) else {
            throw StateError("\(path) cannot be read")
        }
        struct Record: Decodable {
            let session: String
            let seq: Int
            let x: [Float]
            let label: String?
        }
        let decoder = JSONDecoder()
        var order: [String] = []
        var sessions: [String: FrameSession] = [:]
        for (number, line) in data.split(separator: UInt8(ascii: "\n")).enumerated() {
            let record: Record
            do {
                record = try decoder.decode(Record.self, from: Data(line))
            } catch {
                throw StateError("\(path), line \(number + 1): no frame with session, seq and x: \(error)")
            }
            if sessions[record.session] == nil {
                order.append(record.session)
                sessions[record.session] = FrameSession(name: record.session, frames: [], teaches: false)
            }
            guard sessions[record.session]?.frames.count == record.seq else {
                throw StateError(
                    "\(path), line \(number + 1): session \(record.session) goes on with seq \(record.seq) after \(sessions[record.session]?.frames.count ?? 0) frames; its numbers must rise by one from 0"
                )
            }
            sessions[record.session]?.frames.append(Frame(values: record.x, label: record.label))
        }
        guard !order.isEmpty else { throw StateError("\(path) has no frames") }
        return order.compactMap { sessions[$0] }
    }
}
