// A kafka::Producer that keeps what it was given, and fails on request.  Thread-safe.
#pragma once

#include <deque>
#include <mutex>
#include <vector>

#include "common/kafka/producer.h"

namespace shopwire::testing {

class MemoryProducer final : public kafka::Producer {
 public:
    Status send(kafka::Record record, Delivered delivered) override;
    Status send_all(std::vector<kafka::Record> records, std::stop_token stop) override;
    Status flush(std::chrono::milliseconds) override { return {}; }

    // The next `count` calls of send_all are not delivered.
    void fail_next(int count, const Error& error);
    std::vector<kafka::Record> records() const;  // delivered ones, in order
    std::vector<kafka::Record> records(std::string_view topic) const;
    void clear();

 private:
    mutable std::mutex mutex_;
    std::vector<kafka::Record> records_{};
    std::deque<Error> failures_{};
};

}  // namespace shopwire::testing
