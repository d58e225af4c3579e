# SPDX-License-Identifier: Apache-2.0
# Installs the SDK somewhere, builds the template from there as its reader would, once with
# CMake and once with pkg-config alone, and asks the host's loader about both results.
cmake_minimum_required(VERSION 3.25)

function(run)
  execute_process(COMMAND ${ARGN} COMMAND_ERROR_IS_FATAL ANY OUTPUT_VARIABLE output)
  set(output "${output}" PARENT_SCOPE)
endfunction()

function(expect_accepted plugin)
  run(${DUMP_PLUGIN} ${plugin})
  if(NOT output MATCHES "\nrunner_type  ExampleRunner\n")
    message(FATAL_ERROR "the template is not what it says it is:\n${output}")
  endif()
endfunction()

set(stage ${WORK_DIR}/stage)
set(template ${stage}/${DATADIR}/maps-backend/sdk/template)
file(REMOVE_RECURSE ${WORK_DIR})

run(${CMAKE_COMMAND} --install ${BUILD_DIR} --component sdk --prefix ${stage})
run(${CMAKE_COMMAND} -G ${GENERATOR} -S ${template} -B ${WORK_DIR}/build
  -DCMAKE_PREFIX_PATH=${stage} -DCMAKE_INSTALL_PREFIX=${stage} -DCMAKE_C_COMPILER=${CC})
run(${CMAKE_COMMAND} --build ${WORK_DIR}/build)
run(${CMAKE_COMMAND} --install ${WORK_DIR}/build)

set(ENV{PKG_CONFIG_PATH} ${stage}/${LIBDIR}/pkgconfig)
run(pkg-config --variable=plugindir maps-runtime)
string(STRIP "${output}" plugin_dir)
file(CHMOD ${plugin_dir} DIRECTORY_PERMISSIONS
  OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE)
expect_accepted(${plugin_dir}/example.so)

run(pkg-config --cflags maps-runtime)
separate_arguments(flags UNIX_COMMAND "${output}")
run(${CC} -std=c11 -shared -fPIC ${flags} ${template}/example.c -o ${plugin_dir}/example.so)
file(CHMOD ${plugin_dir}/example.so FILE_PERMISSIONS OWNER_READ OWNER_WRITE)
expect_accepted(${plugin_dir}/example.so)
file(REMOVE_RECURSE ${WORK_DIR})
