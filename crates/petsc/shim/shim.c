/* What the Rust side asks of PETSc and MPI, in C: the headers settle the width of PetscInt, what an
   MPI_Comm is, and the names of calls. Every function returns 0 or an error code of PETSc's; the text of
   the first error is kept for emp_message. */

#include <petscksp.h>
#include <stdio.h>
#include <string.h>

#if defined(PETSC_USE_COMPLEX)
#error "PETSc of real numbers is needed"
#endif

static char message[1024];

static PetscErrorCode keep(MPI_Comm comm, int line, const char *function, const char *file,
                           PetscErrorCode code, PetscErrorType type, const char *text, void *context)
{
  if (!message[0]) {
    const char *kind = NULL;
    PetscErrorMessage(code, &kind, NULL);
    snprintf(message, sizeof message, "%s%s%s (%s)", kind ? kind : "", kind && text ? ": " : "",
             text ? text : "", function ? function : "");
  }
  return code;
}

const char *emp_message(void) { return message[0] ? message : "an error without words"; }

int emp_start(void)
{
  PetscErrorCode code;
  /* its own handlers print pages where a process is ended */
  code = PetscOptionsSetValue(NULL, "-no_signal_handler", "true");
  if (code) return code;
  code = PetscInitializeNoArguments();
  if (code) return code;
  return PetscPushErrorHandler(keep, NULL);
}

int emp_end(void) { return PetscFinalize(); }

void emp_abort(int code) { MPI_Abort(MPI_COMM_WORLD, code); }

int emp_rank(void)
{
  int rank = 0;
  MPI_Comm_rank(PETSC_COMM_WORLD, &rank);
  return rank;
}

int emp_ranks(void)
{
  int size = 1;
  MPI_Comm_size(PETSC_COMM_WORLD, &size);
  return size;
}

void emp_version(int *major, int *minor, int *patch)
{
  PetscInt numbers[3] = {0, 0, 0};
  PetscGetVersionNumber(&numbers[0], &numbers[1], &numbers[2], NULL);
  *major = (int)numbers[0];
  *minor = (int)numbers[1];
  *patch = (int)numbers[2];
}

int emp_gather(const double *own, int count, double *all, const int *counts, const int *places)
{
  return MPI_Allgatherv(own, count, MPI_DOUBLE, all, counts, places, MPI_DOUBLE, PETSC_COMM_WORLD);
}

int emp_gather_first(const double *own, int count, double *all, const int *counts, const int *places)
{
  return MPI_Gatherv(own, count, MPI_DOUBLE, all, counts, places, MPI_DOUBLE, 0, PETSC_COMM_WORLD);
}

int emp_gather_bytes(const void *own, int count, void *all, const int *counts, const int *places)
{
  return MPI_Gatherv(own, count, MPI_BYTE, all, counts, places, MPI_BYTE, 0, PETSC_COMM_WORLD);
}

int emp_sum(double *numbers, int count)
{
  return MPI_Allreduce(MPI_IN_PLACE, numbers, count, MPI_DOUBLE, MPI_SUM, PETSC_COMM_WORLD);
}

int emp_largest(double *numbers, int count)
{
  return MPI_Allreduce(MPI_IN_PLACE, numbers, count, MPI_DOUBLE, MPI_MAX, PETSC_COMM_WORLD);
}

int emp_any(unsigned char *flags, int count)
{
  return MPI_Allreduce(MPI_IN_PLACE, flags, count, MPI_UNSIGNED_CHAR, MPI_MAX, PETSC_COMM_WORLD);
}

/* A square matrix by rows; the columns of a row increase. */
int emp_matrix(int own, int all, const int *start, const int *column, const double *value, void **out)
{
  Mat matrix = NULL;
#if defined(PETSC_USE_64BIT_INDICES)
  PetscInt *starts, *columns;
  PetscCall(PetscMalloc2(own + 1, &starts, start[own] + 1, &columns));
  for (int i = 0; i <= own; i++) starts[i] = start[i];
  for (int i = 0; i < start[own]; i++) columns[i] = column[i];
#else
  const PetscInt *starts = start, *columns = column;
#endif
  PetscCall(MatCreate(PETSC_COMM_WORLD, &matrix));
  PetscCall(MatSetSizes(matrix, own, own, all, all));
  PetscCall(MatSetType(matrix, MATAIJ));
  PetscCall(MatSeqAIJSetPreallocationCSR(matrix, starts, columns, value));
  PetscCall(MatMPIAIJSetPreallocationCSR(matrix, starts, columns, value));
#if defined(PETSC_USE_64BIT_INDICES)
  PetscCall(PetscFree2(starts, columns));
#endif
  *out = matrix;
  return 0;
}

int emp_transpose(void *matrix, void **out)
{
  Mat transpose = NULL;
  PetscCall(MatTranspose((Mat)matrix, MAT_INITIAL_MATRIX, &transpose));
  *out = transpose;
  return 0;
}

int emp_free_matrix(void *matrix)
{
  Mat own = (Mat)matrix;
  return MatDestroy(&own);
}

static PetscErrorCode lent(int own, int all, const double *numbers, Vec *out)
{
  PetscCall(VecCreateMPIWithArray(PETSC_COMM_WORLD, 1, own, all, numbers, out));
  return 0;
}

/* y = A x, or Aᵀ x. */
int emp_product(void *matrix, int transposed, int own, int all, const double *x, double *y)
{
  Vec from, to;
  PetscCall(lent(own, all, x, &from));
  PetscCall(lent(own, all, y, &to));
  if (transposed) PetscCall(MatMultTranspose((Mat)matrix, from, to));
  else PetscCall(MatMult((Mat)matrix, from, to));
  PetscCall(VecDestroy(&from));
  PetscCall(VecDestroy(&to));
  return 0;
}

/* A Krylov method: 0 gmres + block Jacobi with ILU(0), 1 gmres + gamg, 2 gmres + LU of MUMPS,
   3 gmres + Jacobi with a long restart. */
int emp_solver(void *matrix, int method, void **out)
{
  KSP ksp = NULL;
  PC pc;
  PetscCall(KSPCreate(PETSC_COMM_WORLD, &ksp));
  PetscCall(KSPSetOperators(ksp, (Mat)matrix, (Mat)matrix));
  PetscCall(KSPSetType(ksp, KSPGMRES));
  PetscCall(KSPGetPC(ksp, &pc));
  switch (method) {
  case 0:
    PetscCall(PCSetType(pc, PCBJACOBI));
    break;
  case 1:
    PetscCall(PCSetType(pc, PCGAMG));
    break;
  case 2:
    PetscCall(PCSetType(pc, PCLU));
    PetscCall(PCFactorSetMatSolverType(pc, MATSOLVERMUMPS));
    break;
  default:
    PetscCall(PCSetType(pc, PCJACOBI));
    PetscCall(KSPGMRESSetRestart(ksp, 100));
  }
  PetscCall(KSPSetPCSide(ksp, PC_RIGHT));
  PetscCall(KSPSetNormType(ksp, KSP_NORM_UNPRECONDITIONED));
  PetscCall(KSPSetInitialGuessNonzero(ksp, PETSC_TRUE));
  PetscCall(KSPSetFromOptions(ksp));
  *out = ksp;
  return 0;
}

int emp_free_solver(void *solver)
{
  KSP ksp = (KSP)solver;
  return KSPDestroy(&ksp);
}

/* x is where the iteration begins and where it ends; its reason is PETSc's word alone. */
int emp_solve(void *solver, int transposed, int own, int all, const double *b, double *x,
              double tolerance, int most, int *iterations, int *reason)
{
  KSP ksp = (KSP)solver;
  Vec right, at;
  PetscInt made = 0;
  KSPConvergedReason why = 0;
  PetscCall(lent(own, all, b, &right));
  PetscCall(lent(own, all, x, &at));
  PetscCall(KSPSetTolerances(ksp, 1e-30, tolerance, 1e10, most));
  if (transposed) PetscCall(KSPSolveTranspose(ksp, right, at));
  else PetscCall(KSPSolve(ksp, right, at));
  PetscCall(KSPGetIterationNumber(ksp, &made));
  PetscCall(KSPGetConvergedReason(ksp, &why));
  PetscCall(VecDestroy(&right));
  PetscCall(VecDestroy(&at));
  *iterations = (int)made;
  *reason = (int)why;
  return 0;
}

/* The shape and the entries of the next matrix or vector of a file, as PETSc itself reads it. */
int emp_open(const char *path, void **out)
{
  PetscViewer viewer = NULL;
  PetscCall(PetscViewerBinaryOpen(PETSC_COMM_SELF, path, FILE_MODE_READ, &viewer));
  *out = viewer;
  return 0;
}

int emp_close(void *viewer)
{
  PetscViewer own = (PetscViewer)viewer;
  return PetscViewerDestroy(&own);
}

int emp_load_matrix(void *viewer, int dense, int *rows, int *columns, void **out)
{
  Mat matrix = NULL;
  PetscInt m, n;
  PetscCall(MatCreate(PETSC_COMM_SELF, &matrix));
  PetscCall(MatSetType(matrix, dense ? MATDENSE : MATAIJ));
  PetscCall(MatLoad(matrix, (PetscViewer)viewer));
  PetscCall(MatGetSize(matrix, &m, &n));
  *rows = (int)m;
  *columns = (int)n;
  *out = matrix;
  return 0;
}

/* A row of a loaded matrix, zeros included. */
int emp_row(void *matrix, int row, double *numbers)
{
  PetscInt count;
  const PetscInt *column;
  const PetscScalar *value;
  PetscCall(MatGetRow((Mat)matrix, row, &count, &column, &value));
  for (PetscInt i = 0; i < count; i++) numbers[column[i]] = value[i];
  PetscCall(MatRestoreRow((Mat)matrix, row, &count, &column, &value));
  return 0;
}

int emp_load_vector(void *viewer, int room, int *length, double *numbers)
{
  Vec vector = NULL;
  PetscInt n;
  const PetscScalar *own;
  PetscCall(VecCreate(PETSC_COMM_SELF, &vector));
  PetscCall(VecLoad(vector, (PetscViewer)viewer));
  PetscCall(VecGetSize(vector, &n));
  PetscCall(VecGetArrayRead(vector, &own));
  for (PetscInt i = 0; i < n && i < room; i++) numbers[i] = own[i];
  PetscCall(VecRestoreArrayRead(vector, &own));
  PetscCall(VecDestroy(&vector));
  *length = (int)n;
  return 0;
}
