/// An exemplar that the experts are tried on, with its own trace taken back.
struct Trial {
    /// The exemplar.
    let exemplar: Exemplar
    /// Its class.
    let classIndex: Int
    /// Its place among the exemplars of its class.
    let place: Int
    /// Its place among all that are tried.
    let row: Int
}
