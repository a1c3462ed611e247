#include "common/kafka/ends.h"

#include <librdkafka/rdkafka.h>

#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "common/kafka/admin_call.h"
#include "common/kafka/messages.h"

namespace shopwire::kafka {
namespace {

constexpr std::int64_t kNothingSoNew = -1;

std::string doing(const Partition& partition) {
    return "asking for the ends of " + partition.topic + "[" + std::to_string(partition.number) + "]";
}

}  // namespace

// rd_kafka_query_watermark_offsets would give the last stable offset to a read_committed client; this one asks for
// either, of all partitions in one request.  A broker that gives no answer makes no error of its partitions: they keep
// the offset that librdkafka had set before it asked.
Result<Listed> list_offsets(rd_kafka_s* client, const std::vector<Partition>& partitions, std::int64_t spec,
                            std::chrono::milliseconds timeout) {
    constexpr std::string_view kDoing = "asking for the ends of partitions";
    Offsets wanted;
    for (const Partition& partition : partitions) wanted.emplace(partition, spec);
    const Queue queue(rd_kafka_queue_new(client));
    const AdminOptions options(rd_kafka_AdminOptions_new(client, RD_KAFKA_ADMIN_OP_LISTOFFSETS));
    char text[256];
    rd_kafka_AdminOptions_set_request_timeout(options.get(), milliseconds_of(timeout), text, sizeof text);
    const ClientError ignored(
        rd_kafka_AdminOptions_set_isolation_level(options.get(), RD_KAFKA_ISOLATION_LEVEL_READ_UNCOMMITTED));
    rd_kafka_ListOffsets(client, list_of(wanted).get(), options.get(), queue.get());
    const Event event(rd_kafka_queue_poll(queue.get(), milliseconds_of(timeout + std::chrono::milliseconds{500})));
    if (event == nullptr) return transient(std::string(kDoing) + ": timed out");
    if (const auto code = rd_kafka_event_error(event.get()); code != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return std::unexpected(error_of(code, kDoing, rd_kafka_event_error_string(event.get())));
    }
    std::size_t count = 0;
    const auto* infos = rd_kafka_ListOffsets_result_infos(rd_kafka_event_ListOffsets_result(event.get()), &count);
    Listed found;
    for (const Partition& partition : partitions)
        found.emplace(partition, transient(doing(partition) + ": its broker gave no answer"));
    for (const auto* info : std::span(infos, count)) {
        const auto* entry = rd_kafka_ListOffsetsResultInfo_topic_partition(info);
        Partition partition{.topic = entry->topic, .number = entry->partition};
        if (entry->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
            found[partition] = std::unexpected(error_of(entry->err, doing(partition)));
        } else if (entry->offset >= (spec >= 0 ? kNothingSoNew : 0)) {
            found[partition] = entry->offset;
        }
    }
    return found;
}

Result<Offsets> list_all_offsets(rd_kafka_s* client, const std::vector<Partition>& partitions, std::int64_t spec,
                                 std::chrono::milliseconds timeout) {
    auto listed = list_offsets(client, partitions, spec, timeout);
    if (!listed) return std::unexpected(std::move(listed).error());
    Offsets all;
    for (auto& [partition, offset] : *listed) {
        if (!offset) return std::unexpected(std::move(offset).error());
        all.emplace(partition, *offset);
    }
    return all;
}

Result<std::map<Partition, PartitionEnds>> ends_of(rd_kafka_s* client, const std::vector<Partition>& partitions,
                                                   std::chrono::milliseconds timeout) {
    auto earliest = list_all_offsets(client, partitions, RD_KAFKA_OFFSET_SPEC_EARLIEST, timeout);
    if (!earliest) return std::unexpected(std::move(earliest).error());
    auto end = list_all_offsets(client, partitions, RD_KAFKA_OFFSET_SPEC_LATEST, timeout);
    if (!end) return std::unexpected(std::move(end).error());
    std::map<Partition, PartitionEnds> out;
    for (const auto& [partition, offset] : *earliest) out[partition] = {.earliest = offset, .end = end->at(partition)};
    return out;
}

}  // namespace shopwire::kafka
