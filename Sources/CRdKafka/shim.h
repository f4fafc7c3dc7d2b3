#pragma once

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

// Swift cannot call C functions with variable arguments. A negative length says that the bytes are absent
// (a null key, a tombstone); with length zero the pointer given to librdkafka must not be null, or the empty
// value would become a tombstone.
static inline const void *crk_present(const void *bytes, ssize_t length) {
    return length < 0 ? NULL : (bytes != NULL ? bytes : "");
}

// Queues a copy of the message. On success librdkafka owns `headers`; on failure the caller still does.
static inline rd_kafka_resp_err_t crk_produce(
    rd_kafka_t *client, const char *topic, int32_t partition, const void *key, ssize_t key_length,
    const void *value, ssize_t value_length, rd_kafka_headers_t *headers, int64_t timestamp_ms, void *ticket) {
    void *key_bytes = (void *)crk_present(key, key_length);
    void *value_bytes = (void *)crk_present(value, value_length);
    size_t key_size = key_length < 0 ? 0 : (size_t)key_length;
    size_t value_size = value_length < 0 ? 0 : (size_t)value_length;
    if (headers != NULL) {
        return rd_kafka_producev(
            client, RD_KAFKA_V_TOPIC(topic), RD_KAFKA_V_PARTITION(partition),
            RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_KEY(key_bytes, key_size),
            RD_KAFKA_V_VALUE(value_bytes, value_size), RD_KAFKA_V_TIMESTAMP(timestamp_ms),
            RD_KAFKA_V_HEADERS(headers), RD_KAFKA_V_OPAQUE(ticket), RD_KAFKA_V_END);
    }
    return rd_kafka_producev(
        client, RD_KAFKA_V_TOPIC(topic), RD_KAFKA_V_PARTITION(partition),
        RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_KEY(key_bytes, key_size),
        RD_KAFKA_V_VALUE(value_bytes, value_size), RD_KAFKA_V_TIMESTAMP(timestamp_ms),
        RD_KAFKA_V_OPAQUE(ticket), RD_KAFKA_V_END);
}

static inline rd_kafka_resp_err_t crk_header_add(
    rd_kafka_headers_t *headers, const char *name, const void *value, ssize_t value_length) {
    return rd_kafka_header_add(
        headers, name, -1, crk_present(value, value_length), value_length < 0 ? 0 : value_length);
}
