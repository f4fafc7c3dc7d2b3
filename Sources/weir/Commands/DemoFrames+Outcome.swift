import Foundation

extension DemoFrames {
    /// Shows how the answer to a digit sharpens with each row.
    func concludeDigits(_ sessions: [FrameSession], _ state: State, seconds: Double) throws {
        func answer(_ session: FrameSession, _ row: Int) -> DemoHarness<Place>.Answer? {
            state.answers[Place(session: session.name, row: Int64(row))]
        }
        let accuracies = (0..<8).map { row in
            Double(sessions.count { answer($0, row)?.label == $0.frames[row].label }) / Double(sessions.count)
        }
        let confidences = (0..<8).map { row in
            sessions.reduce(0) { $0 + Double(answer($1, row)?.confidence ?? 0) } / Double(sessions.count)
        }
        if json {
            let object: [String: Any] = [
                "accuracy_after_row": accuracies, "confidence_after_row": confidences,
                "sessions": sessions.count, "frames": state.answers.count, "seconds": seconds,
            ]
            return try Terminal.json(object)
        }
        // An image whose answer changes on the way and is right in the end tells most.
        func changes(_ session: FrameSession) -> Int {
            guard answer(session, 7)?.label == session.frames[7].label else { return -1 }
            return Set((1..<8).compactMap { answer(session, $0)?.label }).count
        }
        if let example = sessions.max(by: { changes($0) < changes($1) }) {
            try Terminal.line("\(example.name), a \(example.frames[7].label ?? ""), row by row:\n")
            for row in 0..<8 {
                let ink = example.frames[row].values.map { value in
                    String(repeating: Array(" ·:+*#@")[min(6, Int(value * 6 / 15))], count: 2)
                }.joined()
                let said = answer(example, row)
                let share = Double(said?.confidence ?? 0)
                let bar = String(repeating: "█", count: Int(share * 20))
                try Terminal.line(
                    "  \(ink)   \(said?.label ?? "-")  \(Terminal.fixed(share, 2))  \(bar)")
            }
            try Terminal.line()
        }
        try Terminal.table(
            ["after row"] + (1...8).map(String.init),
            [
                ["right, of \(sessions.count)"] + accuracies.map { Terminal.fixed($0, 3) },
                ["confidence, mean"] + confidences.map { Terminal.fixed($0, 3) },
            ])
        try Terminal.line(
            """

            \(state.answers.count) frames of \(Set(state.answers.keys.map(\.session)).count) sessions answered in \(Terminal.fixed(seconds, 1)) s; the pace was set by --rate.
            Every answer is marked as warming: the network looks 15 rows back, and an image has eight.

            Next: weir model list                                 the networks that Weir steps
                  weir model describe CoX3D-S                     what stepping saves, and a session's bytes
                  scripts/train-digits-rows                       how this one was trained
            """)
    }
    /// Shows how often the answer to a recorded frame is right.
    func concludeRecords(_ sessions: [FrameSession], _ state: State, seconds: Double) throws {
        var all = (right: 0, count: 0)
        var settled = (right: 0, count: 0)
        var classes: [String: (right: Int, count: Int)] = [:]
        for session in sessions {
            for (number, frame) in session.frames.enumerated() {
                guard let label = frame.label,
                    let answer = state.answers[Place(session: session.name, row: Int64(number))]
                else {
                    continue
                }
                let right = answer.label == label ? 1 : 0
                all = (all.right + right, all.count + 1)
                classes[label, default: (0, 0)].right += right
                classes[label, default: (0, 0)].count += 1
                if !answer.isWarming { settled = (settled.right + right, settled.count + 1) }
            }
        }
        func share(_ part: (right: Int, count: Int)) -> Double {
            Double(part.right) / Double(max(part.count, 1))
        }
        if json {
            let object: [String: Any] = [
                "accuracy": share(all), "accuracy_when_warm": share(settled),
                "recall": classes.mapValues(share), "frames": state.answers.count, "sessions": sessions.count,
                "seconds": seconds,
            ]
            return try Terminal.json(object)
        }
        try Terminal.table(
            ["every frame, from the first on", "frames", "right"],
            classes.keys.sorted().map {
                [$0, "\(classes[$0]?.count ?? 0)", Terminal.fixed(classes[$0].map(share), 3)]
            } + [
                ["all", "\(all.count)", Terminal.fixed(share(all), 3)],
                ["all that are not warming", "\(settled.count)", Terminal.fixed(share(settled), 3)],
            ])
        try Terminal.line(
            "\n\(state.answers.count) frames of \(sessions.count) sessions answered in \(Terminal.fixed(seconds, 1)) s."
        )
    }
}
