#include "common/testing/memory_producer.h"

namespace shopwire::testing {

Status MemoryProducer::send(kafka::Record record, Delivered delivered) {
    std::vector<kafka::Record> one;
    one.push_back(std::move(record));
    delivered(send_all(std::move(one), {}));
    return {};
}

Status MemoryProducer::send_all(std::vector<kafka::Record> records, std::stop_token stop) {
    if (stop.stop_requested()) return cancelled();
    const std::scoped_lock lock(mutex_);
    if (!failures_.empty()) {
        Error error = std::move(failures_.front());
        failures_.pop_front();
        return std::unexpected(std::move(error));
    }
    for (kafka::Record& record : records) records_.push_back(std::move(record));
    return {};
}

void MemoryProducer::fail_next(int count, const Error& error) {
    const std::scoped_lock lock(mutex_);
    for (int i = 0; i < count; ++i) failures_.push_back(error);
}

std::vector<kafka::Record> MemoryProducer::records() const {
    const std::scoped_lock lock(mutex_);
    return records_;
}

std::vector<kafka::Record> MemoryProducer::records(std::string_view topic) const {
    const std::scoped_lock lock(mutex_);
    std::vector<kafka::Record> found;
    for (const kafka::Record& record : records_) {
        if (record.topic == topic) found.push_back(record);
    }
    return found;
}

void MemoryProducer::clear() {
    const std::scoped_lock lock(mutex_);
    records_.clear();
}

}  // namespace shopwire::testing
