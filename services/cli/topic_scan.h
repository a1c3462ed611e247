// Reads what topics hold, from a time on, partition by partition.  One thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/core/error.h"
#include "common/kafka/client_config.h"
#include "common/kafka/partition_reader.h"

namespace shopwire::cli {

class TopicScan {
 public:
    using Each = std::function<void(const kafka::Record&)>;

    static Result<TopicScan> open(const kafka::ClientConfig& config);

    // Those of this installation, with their partition counts.
    const std::map<std::string, std::int32_t>& topics() const { return topics_; }
    std::vector<std::string> topics_under(std::string_view prefix) const;
    // All partitions of topics, or those with this number alone; topics that are not there are left out.
    std::vector<kafka::Partition> partitions_of(const std::vector<std::string>& topics,
                                                std::optional<std::int32_t> number = {}) const;
    // Where the records of this key are; nullopt: there is no such topic.
    std::optional<std::int32_t> number_of(const std::string& topic, std::string_view key) const;

    Result<std::map<kafka::Partition, kafka::PartitionEnds>> ends(const std::vector<kafka::Partition>& partitions);

    // What came at `since_ms` or later, up to the end at the time of the call; 0: everything.  In order within one
    // partition.  Returns where each partition goes on.
    Result<kafka::Offsets> read(const std::vector<kafka::Partition>& partitions, std::int64_t since_ms,
                                const Each& each);
    // The same from known offsets on, which it moves.
    Status read_on(kafka::Offsets& next, const Each& each);

    kafka::PartitionReader& reader() { return *reader_; }

 private:
    TopicScan(std::unique_ptr<kafka::PartitionReader> reader, std::map<std::string, std::int32_t> topics)
        : reader_(std::move(reader)), topics_(std::move(topics)) {}

    std::unique_ptr<kafka::PartitionReader> reader_;
    std::map<std::string, std::int32_t> topics_;
};

constexpr std::chrono::milliseconds kKafkaTimeout{20'000};

}  // namespace shopwire::cli
