#include "services/cli/topic_scan.h"

#include <algorithm>
#include <thread>

#include "common/core/ids.h"
#include "common/kafka/admin.h"

namespace shopwire::cli {
namespace {

constexpr std::string_view kTopicPrefix = "shopwire.";
constexpr std::chrono::milliseconds kPartitionTimeout{120'000};
constexpr int kAttempts = 10;
constexpr std::chrono::milliseconds kPause{300};

// Partitions change their leader, and a new one has none for a moment: a few tries.
template <class Question>
auto patiently(const Question& question) {
    auto answer = question();
    for (int i = 1; i < kAttempts && !answer && answer.error().kind == ErrorKind::kTransient; ++i) {
        std::this_thread::sleep_for(kPause);
        answer = question();
    }
    return answer;
}

}  // namespace

Result<TopicScan> TopicScan::open(const kafka::ClientConfig& config) {
    auto topics = kafka::list_topics(config, kTopicPrefix, kKafkaTimeout);
    if (!topics) return std::unexpected(std::move(topics).error());
    if (topics->empty()) return rejected("no topic of Shopwire at " + config.bootstrap + ": shopwire topics create");
    auto reader = kafka::PartitionReader::create(config, kKafkaTimeout);
    if (!reader) return std::unexpected(std::move(reader).error());
    return TopicScan(*std::move(reader), *std::move(topics));
}

std::vector<std::string> TopicScan::topics_under(std::string_view prefix) const {
    std::vector<std::string> out;
    for (const auto& [name, count] : topics_)
        if (name.starts_with(prefix)) out.push_back(name);
    return out;
}

std::vector<kafka::Partition> TopicScan::partitions_of(const std::vector<std::string>& topics,
                                                       std::optional<std::int32_t> number) const {
    std::vector<kafka::Partition> out;
    for (const std::string& topic : topics) {
        const auto found = topics_.find(topic);
        if (found == topics_.end()) continue;
        for (std::int32_t i = 0; i < found->second; ++i)
            if (!number || *number == i) out.push_back({.topic = topic, .number = i});
    }
    return out;
}

std::optional<std::int32_t> TopicScan::number_of(const std::string& topic, std::string_view key) const {
    const auto found = topics_.find(topic);
    if (found == topics_.end()) return std::nullopt;
    return partition_of(key, found->second);
}

Result<std::map<kafka::Partition, kafka::PartitionEnds>> TopicScan::ends(
    const std::vector<kafka::Partition>& partitions) {
    return patiently([&] { return reader_->ends(partitions, kKafkaTimeout); });
}

Result<kafka::Offsets> TopicScan::read(const std::vector<kafka::Partition>& partitions, std::int64_t since_ms,
                                       const Each& each) {
    if (partitions.empty()) return kafka::Offsets{};
    kafka::Offsets from;
    if (since_ms > 0) {
        auto found = patiently([&] { return reader_->offsets_at(partitions, since_ms, kKafkaTimeout); });
        if (!found) return found;
        from = *std::move(found);
    } else {
        const auto ends = this->ends(partitions);
        if (!ends) return std::unexpected(ends.error());
        for (const auto& [partition, end] : *ends) from[partition] = end.earliest;
    }
    if (Status done = read_on(from, each); !done) return std::unexpected(done.error());
    return from;
}

Status TopicScan::read_on(kafka::Offsets& next, const Each& each) {
    std::vector<kafka::Partition> partitions;
    for (const auto& [partition, offset] : next) partitions.push_back(partition);
    const auto ends = this->ends(partitions);
    if (!ends) return std::unexpected(ends.error());
    for (auto& [partition, offset] : next) {
        const kafka::PartitionEnds& end = ends->at(partition);
        const auto read = reader_->read(
            partition, std::max(offset, end.earliest), end.end,
            [&each](const kafka::Record& record) -> Status {
                each(record);
                return {};
            },
            kPartitionTimeout);
        if (!read) return std::unexpected(read.error());
        offset = *read;
    }
    return {};
}

}  // namespace shopwire::cli
