/// A word that no value of the wanted type can be made of.
struct InvalidWord: Error {
    /// Its place among the words given to one parameter.
    let index: Int
}
