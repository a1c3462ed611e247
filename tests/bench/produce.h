// One call into librdkafka that queues a copy of a message; its own macros are casts of the old style.  Thread-safe.
#pragma once

#include <librdkafka/rdkafka.h>

#include <array>
#include <string_view>

namespace shopwire::bench {

struct Outgoing {
    const char* topic = nullptr;
    std::string_view key{};
    std::string_view value{};
    rd_kafka_headers_t* headers = nullptr;  // librdkafka's once queued
    void* opaque = nullptr;
};

// librdkafka's error code, 0 when queued.
inline rd_kafka_resp_err_t produce(rd_kafka_t* client, const Outgoing& message) {
    std::array<rd_kafka_vu_t, 6> values{};
    std::size_t count = 0;
    const auto next = [&](rd_kafka_vtype_t type) -> rd_kafka_vu_t& {
        values[count].vtype = type;
        return values[count++];
    };
    const auto bytes = [](std::string_view text) { return const_cast<char*>(text.data()); };
    next(RD_KAFKA_VTYPE_TOPIC).u.cstr = message.topic;
    next(RD_KAFKA_VTYPE_MSGFLAGS).u.i = RD_KAFKA_MSG_F_COPY;
    next(RD_KAFKA_VTYPE_KEY).u.mem = {bytes(message.key), message.key.size()};
    next(RD_KAFKA_VTYPE_VALUE).u.mem = {bytes(message.value), message.value.size()};
    next(RD_KAFKA_VTYPE_OPAQUE).u.ptr = message.opaque;
    if (message.headers != nullptr) next(RD_KAFKA_VTYPE_HEADERS).u.headers = message.headers;
    rd_kafka_error_t* error = rd_kafka_produceva(client, values.data(), count);
    if (error == nullptr) return RD_KAFKA_RESP_ERR_NO_ERROR;
    const rd_kafka_resp_err_t code = rd_kafka_error_code(error);
    rd_kafka_error_destroy(error);
    return code;
}

}  // namespace shopwire::bench
