#include "common/kafka/messages.h"

#include <librdkafka/rdkafka.h>

#include <array>

namespace shopwire::kafka {
namespace {

void* bytes_of(const std::string& text) {
    // librdkafka takes a non-const pointer and copies from it (RD_KAFKA_MSG_F_COPY).
    return const_cast<char*>(text.data());
}

rd_kafka_headers_t* headers_of(const Record& record) {
    if (record.headers.empty()) return nullptr;
    rd_kafka_headers_t* headers = rd_kafka_headers_new(record.headers.size());
    for (const auto& [name, value] : record.headers) {
        rd_kafka_header_add(headers, name.data(), static_cast<ssize_t>(name.size()), value.data(),
                            static_cast<ssize_t>(value.size()));
    }
    return headers;
}

}  // namespace

void DestroyMessage::operator()(rd_kafka_message_s* message) const { rd_kafka_message_destroy(message); }

GroupMetadata::~GroupMetadata() {
    if (handle != nullptr) rd_kafka_consumer_group_metadata_destroy(handle);
}

int produce(rd_kafka_s* client, rd_kafka_topic_s* topic, const Record& record, void* opaque) {
    std::array<rd_kafka_vu_t, 8> values{};
    std::size_t count = 0;
    const auto next = [&](rd_kafka_vtype_t type) -> rd_kafka_vu_t& {
        values[count].vtype = type;
        return values[count++];
    };
    if (topic != nullptr)
        next(RD_KAFKA_VTYPE_RKT).u.rkt = topic;
    else
        next(RD_KAFKA_VTYPE_TOPIC).u.cstr = record.topic.c_str();
    if (record.partition >= 0) next(RD_KAFKA_VTYPE_PARTITION).u.i32 = record.partition;
    next(RD_KAFKA_VTYPE_MSGFLAGS).u.i = RD_KAFKA_MSG_F_COPY;
    next(RD_KAFKA_VTYPE_OPAQUE).u.ptr = opaque;
    if (!record.key.empty()) next(RD_KAFKA_VTYPE_KEY).u.mem = {bytes_of(record.key), record.key.size()};
    if (record.value) next(RD_KAFKA_VTYPE_VALUE).u.mem = {bytes_of(*record.value), record.value->size()};
    rd_kafka_headers_t* headers = headers_of(record);
    if (headers != nullptr) next(RD_KAFKA_VTYPE_HEADERS).u.headers = headers;

    rd_kafka_error_t* error = rd_kafka_produceva(client, values.data(), count);
    if (error == nullptr) return RD_KAFKA_RESP_ERR_NO_ERROR;
    if (headers != nullptr) rd_kafka_headers_destroy(headers);  // ours again when nothing was queued
    const int code = rd_kafka_error_code(error);
    rd_kafka_error_destroy(error);
    return code;
}

Partition partition_of(const rd_kafka_message_s& message) {
    return {.topic = rd_kafka_topic_name(message.rkt), .number = message.partition};
}

Record record_of(const rd_kafka_message_s& message) {
    Record record{.topic = rd_kafka_topic_name(message.rkt), .partition = message.partition, .offset = message.offset};
    if (message.key != nullptr) record.key.assign(static_cast<const char*>(message.key), message.key_len);
    if (message.payload != nullptr) record.value.emplace(static_cast<const char*>(message.payload), message.len);
    rd_kafka_headers_t* headers = nullptr;
    if (rd_kafka_message_headers(&message, &headers) == RD_KAFKA_RESP_ERR_NO_ERROR) {
        const char* name = nullptr;
        const void* value = nullptr;
        std::size_t size = 0;
        for (std::size_t i = 0; rd_kafka_header_get_all(headers, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR;
             ++i) {
            record.headers.emplace_back(name, {static_cast<const char*>(value), value == nullptr ? 0 : size});
        }
    }
    rd_kafka_timestamp_type_t type = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE;
    const std::int64_t time = rd_kafka_message_timestamp(&message, &type);
    if (type != RD_KAFKA_TIMESTAMP_NOT_AVAILABLE) record.timestamp_ms = time;
    return record;
}

}  // namespace shopwire::kafka
