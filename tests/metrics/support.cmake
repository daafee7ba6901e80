# SPDX-License-Identifier: LicenseRef-ServerPulse
#
# What other test programs borrow from tests/metrics: metrics_test_support (decoders of every format
# and expect_encoders_agree) and allocation_counter (which replaces operator new where linked). The
# classes that protoc makes are compiled without our warnings.
find_program(SERVERPULSE_PROTOC protoc REQUIRED)
set(proto_dir ${CMAKE_CURRENT_BINARY_DIR}/proto)
file(MAKE_DIRECTORY ${proto_dir})
add_custom_command(
  OUTPUT ${proto_dir}/tests/metrics/metrics.pb.cc ${proto_dir}/tests/metrics/metrics.pb.h
  COMMAND ${SERVERPULSE_PROTOC} --proto_path=${CMAKE_SOURCE_DIR} --cpp_out=${proto_dir}
    ${CMAKE_SOURCE_DIR}/tests/metrics/metrics.proto
  DEPENDS ${CMAKE_SOURCE_DIR}/tests/metrics/metrics.proto
  VERBATIM)
add_library(metrics_test_proto STATIC ${proto_dir}/tests/metrics/metrics.pb.cc)
target_include_directories(metrics_test_proto SYSTEM PUBLIC ${proto_dir})
target_link_libraries(metrics_test_proto PUBLIC serverpulse::protobuf)

set(metrics_support_sources ${CMAKE_CURRENT_SOURCE_DIR}/metrics/decode.cpp
  ${CMAKE_CURRENT_SOURCE_DIR}/metrics/agree.cpp)
add_library(metrics_test_support STATIC ${metrics_support_sources})
target_link_libraries(metrics_test_support PUBLIC metrics test_support PRIVATE metrics_test_proto)

add_library(allocation_counter OBJECT ${CMAKE_CURRENT_SOURCE_DIR}/support/allocation_counter.cpp)
target_link_libraries(allocation_counter PUBLIC serverpulse::flags)
target_include_directories(allocation_counter PUBLIC ${CMAKE_SOURCE_DIR})
