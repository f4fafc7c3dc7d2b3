import Foundation
import Kafka
import Messages
import Synchronization

/// All that a stream has answered and refused, by the samples' ids and the records' offsets.
final class Answers: Sendable {
    private struct State {
        var byID: [String: [Prediction]] = [:]
        var unread: [String] = []
    }

    private final class Store: Sendable {
        let state = Mutex(State())
    }

    private let store = Store()
    private let predictions: TopicReader
    private let letters: TopicReader

    init(predictions: String, deadLetters: String) {
        let store = store
        self.predictions = TopicReader(predictions) { entry in
            let prediction = try? entry.value.withUnsafeBytes { bytes throws(Rejection) in
                try Prediction(json: bytes)
            }
            store.state.withLock {
                if let prediction {
                    $0.byID[prediction.sampleID, default: []].append(prediction)
                } else {
                    $0.unread.append(String(decoding: entry.value, as: UTF8.self))
                }
            }
        }
        letters = TopicReader(deadLetters)
    }

    /// The ids of the samples that were answered.
    var ids: Set<String> { store.state.withLock { Set($0.byID.keys) } }

    /// How many samples were answered.
    var count: Int { store.state.withLock { $0.byID.count } }

    /// Whether that sample was answered.
    func has(_ id: String) -> Bool { store.state.withLock { $0.byID[id] != nil } }

    /// Whether all of these were answered.
    func has(_ ids: [String]) -> Bool {
        store.state.withLock { state in ids.allSatisfy { state.byID[$0] != nil } }
    }

    /// Those of these that were not answered.
    func missing(_ ids: some Sequence<String>) -> [String] {
        store.state.withLock { state in ids.filter { state.byID[$0] == nil } }
    }

    /// All answers to one sample, as they came.
    func to(_ id: String) -> [Prediction] { store.state.withLock { $0.byID[id] ?? [] } }

    /// The samples that were answered more than once.
    var repeated: [String] {
        store.state.withLock { $0.byID.filter { $0.value.count > 1 }.map(\.key).sorted() }
    }

    /// Of samples that were answered more than once those whose answers are not one and the same, but for the time
    /// that they took.
    var contradictions: [String] {
        store.state.withLock { state in
            state.byID.filter { each in
                let contents = each.value.map { prediction in
                    var prediction = prediction
                    prediction.durationMicroseconds = 0
                    return prediction
                }
                return !contents.allSatisfy { $0 == contents[0] }
            }.map(\.key).sorted()
        }
    }

    /// The ids of answers that stand for more than one content, but for the time that they took.
    var contradictoryIDs: [String] {
        store.state.withLock { state in
            var first: [String: Prediction] = [:]
            var found: Set<String> = []
            for var prediction in state.byID.values.joined() {
                prediction.durationMicroseconds = 0
                if first.updateValue(prediction, forKey: prediction.id).map({ $0 != prediction }) ?? false {
                    found.insert(prediction.id)
                }
            }
            return found.sorted()
        }
    }

    /// Records of the predictions topic that are no predictions.
    var unread: [String] { store.state.withLock { $0.unread } }

    /// The dead letters.
    var deadLetters: [TopicReader.Entry] { letters.all }

    deinit {
        predictions.stop()
        letters.stop()
    }
}
